import { mkdtempDisposable, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { restoreCompose } from './restore-compose.ts'
import { requireOwnEnv } from './stack-files.ts'

const OWN = `# of this clone
ALKHUB_PORT=4000
ALKHUB_SECRETS=./secrets
COMPOSE_FILE=docker-compose.yml:docker-compose.files.yml
ALKHUB_TRUSTED_PROXIES=192.0.2.1 192.0.2.2
COMPOSE_PROJECT_NAME=hub
`

test('the file .env that `config init --compose` writes is taken', () => {
  expect(() => requireOwnEnv('/srv/hub', OWN)).not.toThrow()
  expect(() => requireOwnEnv('/srv/hub', 'ALKHUB_SECRETS=/srv/hub/secrets\n')).not.toThrow()
})

const HOSTILE = [
  'ALKHUB_SECRETS=/etc/cron.d',
  'ALKHUB_SECRETS=../../home/ada/.ssh',
  'ALKHUB_SECRETS=./secrets/../..',
  'ALKHUB_SECRETS=.',
  'ALKHUB_SECRETS=.git/hooks',
  'ALKHUB_SECRETS=./docker',
  'ALKHUB_SECRETS=',
  'ALKHUB_SECRETS=secrets\nALKHUB_SECRETS=/etc',
  'ALKHUB_SECRETS="/etc"',
  'ALKHUB_SECRETS=$HOME',
  'ALKHUB_SECRETS=./secrets\r',
  ' ALKHUB_SECRETS=/etc',
  'export ALKHUB_SECRETS=/etc',
  'ALKHUB_SECRETS: /etc',
  'COMPOSE_FILE=secrets/other.yml',
  'COMPOSE_FILE=docker-compose.yml:/tmp/other.yml',
  'COMPOSE_FILE=docker-compose.yml;secrets/other.yml',
  'COMPOSE_PATH_SEPARATOR=;',
  'COMPOSE_ENV_FILES=secrets/other',
  'DOCKER_HOST=tcp://192.0.2.1:2375',
  'LD_PRELOAD=./secrets/x.so',
]

test.each(HOSTILE)(
  'a backup whose .env has %j is refused, and nothing is written',
  async (line) => {
    await using parent = await mkdtempDisposable(join(tmpdir(), 'alkhub-restore-'))
    const restored = restoreCompose({
      root: parent.path,
      files: [
        { name: '.env', bytes: Buffer.from(`${line}\n`) },
        { name: 'secrets/authorized_keys', bytes: Buffer.from('of another') },
      ],
      frames: () => {
        throw new Error('the database is not read')
      },
      force: true,
      signal: new AbortController().signal,
    })
    await expect(restored).rejects.toThrow('could change more than this clone')
    expect(await readdir(parent.path)).toEqual([])
  },
)
