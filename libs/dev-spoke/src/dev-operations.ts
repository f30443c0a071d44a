import type { DevOperation } from './define.ts'
import { ConfinedFolder } from './confine/confined-folder.ts'
import { editFileOperation } from './files/edit-file.ts'
import { globFilesOperation } from './files/glob-files.ts'
import { listFolderOperation } from './files/list-folder.ts'
import { readFileOperation } from './files/read-file.ts'
import { searchFilesOperation } from './files/search-files.ts'
import { writeFileOperation } from './files/write-file.ts'
import { gitOperations } from './git/git-operations.ts'
import { PortLeases } from './ports/port-leases.ts'
import { stateFolder } from './ports/state-folder.ts'
import { ProcessGroups } from './shell/process-groups.ts'
import type { OnProcessGroup } from './shell/process-groups.ts'
import { processOperations } from './shell/process-operations.ts'
import { runShellOperation } from './shell/run-shell.ts'

export interface DevOperationsOptions {
  /** The folder that files and git stay in. */
  readonly folder: string
  /** Offer `shell.run`, which is not confined, and `process.list` and `process.kill`. */
  readonly allowShell: boolean
  /** Further folders that hold a hub's own secrets: their files are refused under every name (hard links). */
  readonly secretFolders?: readonly string[]
  /**
   * The folder with the leases of ports, one for all spokes of a user. Default: `alkhub` in $XDG_STATE_HOME, else in ~/.local/state. Made
   * when the first worktree gets ports.
   */
  readonly stateFolder?: string
  /** Called when `shell.run` starts a process group and when the group has ended. */
  readonly onProcessGroup?: OnProcessGroup
}

/** What a developer's machine offers: files, git and, when allowed, the shell. */
export async function devOperations(options: DevOperationsOptions): Promise<DevOperation[]> {
  const folder = await ConfinedFolder.open(options.folder, options.secretFolders)
  const ports = new PortLeases(options.stateFolder ?? stateFolder())
  const groups = new ProcessGroups(options.onProcessGroup)
  return [
    readFileOperation(folder),
    listFolderOperation(folder),
    globFilesOperation(folder),
    writeFileOperation(folder),
    editFileOperation(folder),
    searchFilesOperation(folder),
    ...gitOperations(folder, ports),
    ...(options.allowShell
      ? [runShellOperation(folder, groups, ports), ...processOperations(groups)]
      : []),
  ]
}
