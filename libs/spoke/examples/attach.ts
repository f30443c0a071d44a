// A spoke in ten lines.
import { query, readKey, runSpoke, Type } from '@alkdev/spoke'

const Text = Type.Object({ text: Type.String() })

const shout = query(
  { id: 'text.shout', description: 'Says it louder.', input: Text, output: Text },
  ({ text }) => ({ text: `${text.toUpperCase()}!` }),
)
const key = await readKey({ file: 'spoke.key' })
// oxlint-disable-next-line node/no-process-env
const hub = process.env['ALKHUB_HUB'] ?? 'http://127.0.0.1:3000'
await runSpoke({ hub, key, name: 'shouter', operations: [shout] })
