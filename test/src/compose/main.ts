import { followGuide } from './follow-guide.ts'
import { measureRestarts } from './measure-restarts.ts'

// npm run compose-run -- [guide] [restarts]: needs a Docker engine with Compose. The exit code is 1 when a command failed, or a request that should not.
const asked = process.argv.slice(2)
const wants = (part: string): boolean => asked.length === 0 || asked.includes(part)
try {
  if (wants('guide')) await followGuide()
  if (wants('restarts')) await measureRestarts()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
