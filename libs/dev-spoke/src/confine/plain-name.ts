/** Code points that HFS+ leaves out when it compares names (git's own list, utf8.c `next_hfs_char`). */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/**
 * The name that some file system may take a name for: lower case, without the code points that HFS+ ignores, without the dots and
 * spaces at the end and the stream after `:` that NTFS ignores, and `.git` for its short names. For comparison only.
 */
export function plainName(name: string): string {
  const folded = name.normalize('NFC').replaceAll(IGNORED, '').toLowerCase()
  const cut = folded.replace(/:.*$/s, '').replace(/[. ]+$/, '')
  return /^(?:git~\d+|gi[0-9a-f]{1,4}~\d+)$/.test(cut) ? '.git' : cut
}
