import type { ConfigFailure } from './failure.ts'
import type { ConfigService } from './services.ts'

export interface ResolveContext {
  readonly service: ConfigService
  /** Folder of the config file. */
  readonly folder: string
  /** Members of the section that the file holds, before defaults are filled in. */
  readonly given: ReadonlySet<string>
  readonly failures: ConfigFailure[]
}

/** Members that say what `url` says as well. */
export const IN_URL = ['host', 'port', 'user', 'password', 'passwordFile', 'database'] as const
