import { ensureProject } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** The slug of the project that is used when none is named. */
export const defaultProject = 'default'

/** The caller's own project of that slug, made on first use. */
export async function projectOf(
  db: Db,
  ownerId: string,
  slug: string = defaultProject,
): Promise<{ readonly id: string; readonly slug: string }> {
  return ensureProject(db, { ownerId, slug, name: slug })
}
