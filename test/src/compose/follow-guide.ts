import { documentText } from '../guide-runner.ts'
import { shellCommands } from '../shell-blocks.ts'
import { ComposeFolder } from './compose-folder.ts'

/** Beginnings of commands that are not run, each with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'git pull': 'the folder is a copy, and not a clone',
  // They come with a backup of another machine.
  'docker compose exec -T postgres pg_':
    'the programs of the image must have the version of the server, which those of a stand-in have not',
}

/** Runs the commands of `run-with-compose.md` in an empty folder, from its first line to its last. Rejects when one fails. */
export async function followGuide(): Promise<void> {
  await using here = await ComposeFolder.create()
  console.log(`following the guide in ${here.folder}`)
  for (const line of shellCommands(documentText('docs/guides/run-with-compose.md'))) {
    const left = Object.keys(LEFT_OUT).find((start) => line.startsWith(start))
    const from = Date.now()
    if (left === undefined && line.startsWith('./alkhub spoke '))
      await here.leave(line, 'Attached as laptop')
    else if (left === undefined) check(line, await here.run(`umask 077; ${line}`))
    const what =
      left === undefined
        ? `${((Date.now() - from) / 1000).toFixed(1)} s`
        : `left out: ${LEFT_OUT[left]}`
    console.log(`  ${line}\n    ${what}`)
  }
}

/** Words that the output of a command has when it did what the guide says. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  'docker compose logs --follow first-steps':
    /The hub is ready: http[^]*docker\/first-key[^]*\/console/,
  './alkhub ops dev.laptop': /fs\.read/,
  './alkhub config init --compose': /nothing was changed/,
  'docker compose run --rm -T --no-deps gateway node programs/reencrypt.js': /"left":0/,
}

function check(line: string, output: string): void {
  const words = EXPECTED[line]
  if (words !== undefined && !words.test(output)) throw new Error(`${line}\nprinted\n${output}`)
}
