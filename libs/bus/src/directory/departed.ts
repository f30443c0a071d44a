import type { DirectoryEntry } from '../directory.ts'

/** True when every spoke that registered the operation is disconnected. A suspended one may reconnect. */
export function isDeparted({ providers }: Pick<DirectoryEntry, 'providers'>): boolean {
  return providers.length > 0 && providers.every(({ status }) => status === 'inactive')
}
