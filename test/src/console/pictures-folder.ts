import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'

/** The folder that `SCREENSHOTS` names, which exists afterwards. */
export function picturesFolder(): string {
  const folder = resolve(process.env['SCREENSHOTS'] ?? 'screenshots')
  mkdirSync(folder, { recursive: true })
  return folder
}
