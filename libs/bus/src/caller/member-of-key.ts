import type { StoredProvider } from '../directory/registry-store.ts'

/**
 * The members of a pool in the order in which they get calls with this key, the same in every process: rendezvous hashing, so that a member that comes
 * or goes moves only its own keys.
 */
export function membersOfKey(
  members: readonly StoredProvider[],
  key: string,
): readonly StoredProvider[] {
  const ranked = members.map((member) => ({ member, rank: hashOf(`${key}\n${member.spokeId}`) }))
  return ranked.toSorted((a, b) => b.rank - a.rank).map(({ member }) => member)
}

/** FNV-1a with a final mix, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35)
  return (hash ^ (hash >>> 16)) >>> 0
}
