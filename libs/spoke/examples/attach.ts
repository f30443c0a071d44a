// A spoke in ten lines. Arguments: the hub's URL, and a file that holds a key with the scope `spokes:attach`.
import { readFile } from 'node:fs/promises'
import { attachSpoke, query } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'

const [hub = 'http://localhost:3000', keyFile = 'spoke.key'] = process.argv.slice(2)
const Text = Type.Object({ text: Type.String() })

const shout = query(
  { id: 'text.shout', description: 'Says it louder.', input: Text, output: Text },
  ({ text }) => ({ text: `${text.toUpperCase()}!` }),
)
const key = (await readFile(keyFile, 'utf8')).trim()
const spoke = attachSpoke({ hub, key, name: 'shouter', operations: [shout] })

const { operations } = await spoke.attached()
console.log(`attached as ${operations[0]?.operationId}`)
process.once('SIGTERM', () => void spoke.stop())
await spoke.ended
console.log('stopped')
