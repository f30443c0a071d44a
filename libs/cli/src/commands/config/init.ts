import { join, relative, resolve } from 'node:path'
import { initConfig } from '@alkdev/config'
import type { ServerAddress } from '@alkdev/config'
import { FIRST_KEY_COMMAND } from '@alkdev/service/admin'
import { compact } from '@alkdev/std'
import { UsageError } from '../../failure.ts'
import type { Command } from '../../command.ts'
import { asStarted } from '../../started-as.ts'
import { print } from '../../hub/print.ts'
import { repositoryRoot } from '../../stack/paths.ts'

const defaultFolder = 'secrets'

export const init: Command = {
  usage: '[options]',
  summary:
    'Makes, once: master key, Postgres and Redis passwords, bus key, encryption keys, and one encrypted config per service.\nNever overwrites: with everything there it changes nothing.',
  flags: {
    compose: {
      type: 'boolean',
      summary:
        'For docker-compose.yml of this clone: servers by their names there; .env says where the secrets are, and that Compose reads docker-compose.files.yml, too.',
    },
    dir: {
      type: 'string',
      value: 'FOLDER',
      summary: `The folder that gets the files (default: ${defaultFolder} of this clone, which git ignores).`,
    },
    postgres: {
      type: 'string',
      value: 'HOST:PORT',
      summary: 'Where PostgreSQL will be (default: 127.0.0.1:5432; compose: postgres:5432).',
    },
    redis: {
      type: 'string',
      value: 'HOST:PORT',
      summary: 'Where Redis will be (default: 127.0.0.1:6379; compose: redis:6379).',
    },
  },
  async run(args, io) {
    const compose = args.flag('compose')
    const named = args.text('dir')
    const dir = named === undefined ? join(repositoryRoot(), defaultFolder) : resolve(io.cwd, named)
    const postgres = addressOf('postgres', args.text('postgres'), 5432)
    const redis = addressOf('redis', args.text('redis'), 6379)
    const result = await initConfig({
      dir,
      compose,
      ...(compose && { envFile: join(repositoryRoot(), '.env') }),
      ...compact({ postgres, redis }),
    })
    print(io, args.flag('json'), result, () => {
      const shown = relative(io.cwd, dir) || dir
      if (!result.created) return `Everything is in ${shown} already; nothing was changed.`
      const next = compose
        ? `Go on with \`docker compose up\`, then \`${FIRST_KEY_COMMAND}\`.`
        : `Give PostgreSQL and Redis the passwords there, then continue with \`alkhub migrate --config ${join(shown, 'migrate.json')}\` and \`alkhub keys bootstrap --config ${join(shown, 'migrate.json')}\`.`
      return asStarted(
        `Made ${result.files.length} files in ${shown}.\nKeep a copy of master.key somewhere safe: without it nothing opens.\n${next}`,
        io,
      )
    })
    return 0
  },
}

/** `host:port`, `[::1]:port` or a host alone. */
export function addressOf(
  flag: string,
  text: string | undefined,
  defaultPort: number,
): ServerAddress | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(`tcp://${text}`)
  const plain =
    url !== null && url.hostname !== '' && !/[@/?#]/.test(text) && Number(url.port || 1) > 0
  if (!plain)
    throw new UsageError(
      `--${flag} takes HOST:PORT, not what was given.`,
      `Write it as 10.0.0.5:${defaultPort}; the password is made here.`,
    )
  return { host: url.hostname, port: url.port === '' ? defaultPort : Number(url.port) }
}
