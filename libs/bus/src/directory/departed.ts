import type { DirectoryEntry } from '../directory.ts'

/** True when every spoke that registered the operation is gone. A suspended one may reconnect in a moment. */
export function isDeparted({ providers }: Pick<DirectoryEntry, 'providers'>): boolean {
  return providers.length > 0 && providers.every(({ status }) => status === 'inactive')
}
