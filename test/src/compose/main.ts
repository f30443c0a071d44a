import { followGuide } from './follow-guide.ts'
import { measureRestarts, measureUpdate } from './measure-restarts.ts'
import { watchTelemetry } from './watch-telemetry.ts'

// npm run compose-run -- [guide] [restarts] [update] [telemetry]: needs a Docker engine with Compose. The exit code is 1 when a command failed, or a
// request that should not. All parts run, whatever the first ones find.
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  guide: followGuide,
  restarts: measureRestarts,
  update: measureUpdate,
  telemetry: watchTelemetry,
}
const asked = process.argv.slice(2)
const unknown = asked.filter((part) => PARTS[part] === undefined)
if (unknown.length > 0)
  throw new Error(`There is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}`)
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  try {
    await part()
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
}
