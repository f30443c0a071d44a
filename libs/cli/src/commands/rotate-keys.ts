import { loadConfig } from '@alkdev/config'
import { KeyRing } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import {
  askKeyHolders,
  postgresTarget,
  requireAllCanOpen,
  requireAllSealWith,
  reencryptSecrets,
} from '@alkdev/service/admin'
import type { KeyHolder, ReencryptResult } from '@alkdev/service/admin'
import { must } from '@alkdev/std'
import { countSecretsByVersion, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import type { Command, Io, Parsed } from '../command.ts'
import { print } from '../hub/print.ts'
import { configDir, configDirFlags } from '../operator/config-target.ts'
import { planActivation, planNewKey, planRemoval } from '../operator/key-ring-plan.ts'
import type { RingPlan } from '../operator/key-ring-plan.ts'
import { readRings, writeRings } from '../operator/ring-files.ts'
import { Progress } from '../progress.ts'

export const rotateKeys: Command = {
  usage: '[--activate] [options]',
  summary:
    'Replaces the key that seals the secrets in the database, in steps with a restart of all services after each:\nfirst a new key that every service can read, then --activate: it becomes the one that seals, and every secret is sealed with it.\nThe running instances are asked before each further step: it is refused while one of them is not ready for it.',
  flags: {
    ...configDirFlags,
    activate: {
      type: 'boolean',
      summary: 'The second step; may be repeated until nothing is left.',
    },
    'remove-old': {
      type: 'boolean',
      summary:
        'The last step, which may be left out: every key but the active one goes from the files. Refused while a secret or an instance needs one.',
    },
    'files-only': {
      type: 'boolean',
      summary:
        'With --activate: ask neither database nor instances, because they are not reachable from here (compose). A service that the others do not fit refuses to start.',
    },
  },
  async run(args, io) {
    const { dir, masterKeyPath } = await configDir(args, io)
    const files = await readRings(dir, masterKeyPath)
    const target = { path: must(files[0]).path, masterKeyPath }
    if (args.flag('activate')) return activate(planActivation(files), target, args, io)
    if (args.flag('remove-old')) return removeOld(planRemoval(files), target, args, io)
    const plan = planNewKey(files)
    await writeRings(plan, masterKeyPath)
    const added = { added: `v${plan.newest}`, files: plan.changed }
    print(
      io,
      args.flag('json'),
      added,
      () =>
        `Added the key v${plan.newest} to ${plan.changed.length} config files in ${dir}.\nRestart every service, so that each can read it; then run \`alkhub rotate-keys --activate\`.`,
    )
    return 0
  },
}

interface Target {
  readonly path: string
  readonly masterKeyPath: string
}

async function activate(plan: RingPlan, target: Target, args: Parsed, io: Io): Promise<number> {
  const json = args.flag('json')
  const version = `v${plan.newest}`
  if (args.flag('files-only')) {
    await writeRings(plan, target.masterKeyPath)
    print(
      io,
      json,
      { active: version, files: plan.changed },
      () =>
        `The key ${version} seals from the next start of each service on.\nRestart them, then seal what is there: \`docker compose run --rm -T --no-deps gateway node programs/reencrypt.js\`.`,
    )
    return 0
  }
  // Database and instances are checked first: without them nothing is changed.
  const { database: opened, holders } = await openFor(target)
  await using database = opened
  requireAllCanOpen(holders, plan.newest)
  await writeRings(plan, target.masterKeyPath)
  const progress = new Progress(io, { quiet: json })
  const result = await progress.step(`Sealing with ${version}`, (say) =>
    reencryptSecrets(database.db, new KeyRing(plan.entries), {
      signal: io.signal,
      onProgress: (done, total) => say(`${done} of ${total}`),
    }),
  )
  print(io, json, { active: version, files: plan.changed, ...result }, () =>
    report(result, version, plan.changed.length > 0),
  )
  return result.left === 0 ? 0 : 1
}

async function removeOld(plan: RingPlan, target: Target, args: Parsed, io: Io): Promise<number> {
  const { database: opened, holders } = await openFor(target)
  await using database = opened
  requireAllSealWith(holders, plan.newest)
  const counts = await countSecretsByVersion(database.db)
  const left = [...counts].filter(([version, count]) => version !== plan.newest && count > 0)
  if (left.length > 0)
    throw new OperatorError(
      `Secrets are still sealed with other keys: ${left.map(([version, count]) => `v${version}: ${count}`).join(', ')}.`,
      'Run `alkhub rotate-keys --activate` until nothing is left.',
    )
  await writeRings(plan, target.masterKeyPath)
  print(io, args.flag('json'), { active: `v${plan.newest}`, files: plan.changed }, () =>
    plan.changed.length === 0
      ? `v${plan.newest} is the only key.`
      : `v${plan.newest} is now the only key in ${plan.changed.length} config files. Restart every service, so that each forgets the others.\nA backup of the database from before needs the config files from before.`,
  )
  return 0
}

/** Opens the database and reads the running instances, for the further steps. Throws OperatorError when either is unreachable. */
async function openFor(
  target: Target,
): Promise<{ readonly database: Database; readonly holders: readonly KeyHolder[] }> {
  const { postgres, redis, bus } = await loadConfig({ ...target, service: 'gateway' })
  try {
    const holders = await askKeyHolders({ redis, bus }, 'rotate-keys')
    const database = await openDatabase(postgresTarget(postgres), {
      max: 1,
      applicationName: 'alkhub rotate-keys',
    })
    return { database, holders }
  } catch (cause) {
    if (!(cause instanceof OperatorError)) throw cause
    throw new OperatorError(
      `Nothing was changed: ${cause.message}`,
      `${cause.fix} With compose, where neither can be reached from here, add --files-only to --activate.`,
      { cause },
    )
  }
}

/** The result, with the number of secrets by key version as proof. */
function report(result: ReencryptResult, version: string, changed: boolean): string {
  const counts = Object.entries(result.byVersion).map(([one, count]) => `${one}: ${count}`)
  const lines = [
    `Sealed ${result.reencrypted} secrets with ${version}. Now there are ${counts.join(', ') || 'none'}.`,
    ...result.failed.map(({ secretId, why }) => `${secretId} could not be opened: ${why}.`),
  ]
  if (result.failed.length > 0)
    lines.push('Remove the client of each that could not be opened, and add it again.')
  else if (result.left > 0) lines.push('Some were sealed meanwhile; run this once more.')
  if (changed)
    lines.push(
      `Restart every service, so that each seals with ${version}; then run this once more: the counts prove that nothing is left.`,
    )
  return lines.join('\n')
}
