import { openSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { attachSpoke, keyStore, mutation } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'

// A spoke whose operations write each effect to a file, before anything else, where it survives the process.
const [, , hub = '', keyFile = '', name = '', effectsFile = ''] = process.argv
const effects = openSync(effectsFile, 'a')
const keys = await keyStore(`${effectsFile}-keys`)

const counting = (retry: 'safe' | 'keyed' | 'never'): ReturnType<typeof mutation> =>
  mutation(
    {
      id: `count.${retry}`,
      description: 'Counts a call.',
      input: Type.Object({ n: Type.Integer(), ms: Type.Integer() }),
      output: Type.Object({ n: Type.Integer() }),
      retry,
    },
    async ({ n, ms }) => {
      writeSync(effects, `${retry} ${n}\n`)
      // What has begun is finished, also when the connection breaks.
      if (ms > 0) await wait(ms)
      return { n }
    },
  )

attachSpoke({
  hub,
  key: readFileSync(keyFile, 'utf8').trim(),
  name,
  onLog: (level, message) => console.log(level, message),
  operations: [counting('safe'), keys.once(counting('keyed')), counting('never')],
}).ended.catch((error: unknown) => {
  console.log('sent away', error)
  process.exitCode = 1
})
