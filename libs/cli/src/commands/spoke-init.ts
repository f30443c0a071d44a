import { chmod, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { KeyWithSecret } from '@alkdev/contracts'
import { buildSdk } from '@alkdev/sdk'
import { didYouMean } from '@alkdev/std'
import { positional } from '../command.ts'
import type { Io, Parsed } from '../command.ts'
import { UsageError } from '../failure.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubTarget } from '../hub/hub-target.ts'
import { print } from '../hub/print.ts'
import { checkSpokeName } from '../spoke-folder/check-spoke-name.ts'
import { Progress } from '../progress.ts'
import { spokeLanguage } from '../spoke-folder/spoke-language.ts'
import {
  LANGUAGES,
  shownFolder,
  spokeNameFor,
  writeSpokeFolder,
} from '../spoke-folder/spoke-folder.ts'
import type { Language } from '../spoke-folder/spoke-folder.ts'
import { stackPaths } from '../stack/paths.ts'
import { startedAs } from '../started-as.ts'

const DEFAULT_HUB = 'http://127.0.0.1:3000'
const OTHER_NAMES: Readonly<Record<string, Language>> = {
  typescript: 'ts',
  javascript: 'js',
  node: 'js',
  py: 'python',
  python3: 'python',
}

/** `alkhub spoke init DIR`: writes the folder of a spoke, with a separate key if a hub answers. */
export async function initSpoke(args: Parsed, io: Io): Promise<number> {
  const given = positional(
    args,
    1,
    'Which folder shall hold the spoke?',
    'Name it: `alkhub spoke init my-spoke`.',
  )
  const folder = resolve(io.cwd, given)
  const { sdk, root } = stackPaths()
  const lang = args.text('lang')
  const { language, note } = await spokeLanguage(
    lang === undefined ? undefined : languageOf(lang),
    io.env['PATH'],
    join(root, 'node_modules', '.bin'),
  )
  const name = args.text('name') ?? spokeNameFor(folder)
  checkSpokeName(name)
  const target = await hubTarget(args, io).catch(() => undefined)
  const progress = new Progress(io, { quiet: args.flag('json') })
  const command = await writeSpokeFolder({
    folder,
    name,
    language,
    hub: target?.url ?? args.text('hub') ?? DEFAULT_HUB,
    tarball: () =>
      progress.step('Library', async () => {
        const { listing } = await buildSdk({ root, outDir: sdk })
        const spoke = listing.libraries.find((library) => library.name === '@alkdev/spoke')
        return join(sdk, spoke?.file ?? 'spoke.tgz')
      }),
  })
  const keyFile = join(folder, 'spoke.key')
  const keyMade = target !== undefined && (await createKey(args, io, name, keyFile))
  const shown = shownFolder(folder, io.cwd)
  print(
    io,
    args.flag('json'),
    { folder, name, language, command, keyFile: keyMade ? keyFile : null },
    () =>
      [
        `Made the spoke ${name} in ${folder}.`,
        ...(note === undefined ? [] : [note]),
        ...(keyMade
          ? [`Its key is in ${keyFile}.`]
          : [
              'It has no key yet. Create one where you can reach the hub:',
              `  ${startedAs(io)} keys create ${name} --scope spokes:attach --to ${join(shown, 'spoke.key')}`,
            ]),
        `Start it: cd ${shown} && ${command}`,
      ].join('\n'),
  )
  return 0
}

/** Creates a key that can only attach spokes. False when no hub answers or it refuses; the folder is usable without a key. */
async function createKey(args: Parsed, io: Io, name: string, file: string): Promise<boolean> {
  try {
    const hub = await HubClient.from(args, io)
    const { key } = await hub.call<KeyWithSecret>('keys.create', {
      name,
      scopes: ['spokes:attach'],
    })
    await writeFile(file, `${key}\n`, { flag: 'wx', mode: 0o600 })
    await chmod(file, 0o600)
    return true
  } catch (error) {
    if (io.signal.aborted) throw error
    return false
  }
}

function languageOf(text: string): Language {
  const known = LANGUAGES.find((language) => language === text)
  if (known !== undefined) return known
  const other = OTHER_NAMES[text.toLowerCase()]
  const hint =
    other === undefined
      ? didYouMean(text, [...LANGUAGES, ...Object.keys(OTHER_NAMES)])
      : ` Did you mean \`${other}\`?`
  throw new UsageError(
    `There is no template for \`${text}\`.${hint}`,
    `--lang takes ${LANGUAGES.join(', ')}.`,
  )
}
