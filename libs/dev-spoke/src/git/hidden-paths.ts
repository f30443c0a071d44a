/**
 * Pathspecs that keep the hub's own folders out of what git shows, as ConfinedFolder does for files, and entries of a damaged
 * index that lead out of the working tree (`../x`, `/x`). `main` is true for the served folder itself.
 */
export function hiddenPaths(main: boolean): string[] {
  return [
    ...[':(exclude,icase).alkhub', ':(exclude,icase,glob)**/.alkhub'],
    ':(exclude,icase,glob)**/.alkhub/**',
    ...(main ? [':(exclude,icase)secrets'] : []),
    // In brackets, so that git does not resolve the dots itself.
    ...[':(exclude).[.]/*', ':(exclude)*/.[.]/*', ':(exclude)[/]*'],
  ]
}
