import { ACTING_KEYS } from '@alkdev/service'

/** The ids of the keys of the spokes that act on behalf of the caller, of the metadata of a call. */
export function actingKeysOf(
  metadata: Readonly<Record<string, unknown>> | undefined,
): readonly string[] {
  const keys = metadata?.[ACTING_KEYS]
  return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === 'string') : []
}
