import { initConfig } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { failureText } from '../start/run-main.ts'

/** Below the mount of the volume, so that all files appear in it at once. */
const FOLDER = '/run/alkhub/secrets'

// The one-shot `init` container: makes the secrets of the stack in a volume, once. Argument: the folder that .env names, or nothing.
try {
  const [, , folder = '', dir = FOLDER] = process.argv
  if (folder !== '')
    throw new OperatorError(
      `.env says that the secrets are in ${folder}, and Compose does not read docker-compose.files.yml.`,
      'Run `./alkhub config init --compose`, which adds the line COMPOSE_FILE to .env and changes nothing else. To keep the secrets in a volume instead, remove ALKHUB_SECRETS from .env.',
    )
  const { created, files } = await initConfig({ dir, compose: true, volume: true })
  process.stdout.write(
    created
      ? `Made ${files.length} files with the secrets of this stack in the volume "secrets". Keep a copy of them: the guide says how.\n`
      : 'The volume "secrets" has the secrets of this stack already; nothing was changed.\n',
  )
} catch (error) {
  process.stderr.write(`${failureText('init', error)}\n`)
  process.exitCode = 1
}
