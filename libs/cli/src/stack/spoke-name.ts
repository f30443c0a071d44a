import { createHash } from 'node:crypto'
import { basename } from 'node:path'

/** A spoke name after a folder: its own name in the allowed letters, plus six characters so that equal names of different folders differ. */
export function spokeNameOf(folder: string): string {
  const own = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50)
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 6)
  return own === '' ? `folder-${mark}` : `${own}-${mark}`
}
