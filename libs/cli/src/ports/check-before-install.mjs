// Started by the launcher before it installs anything: node check-before-install.mjs up --port 4200 ...
// Exits with 1 and one sentence when a port that `--port` asks for is taken. Everything else is checked later, by the command itself.
import { takenPort } from './port-owner.mjs'

const args = process.argv.slice(2)
const valueOf = (flag) => {
  const at = args.indexOf(flag)
  if (at >= 0) return args[at + 1]
  return args.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1)
}

const port = Number(valueOf('--port'))
if (args[0] === 'up' && Number.isInteger(port) && port > 0 && port < 65_532) {
  const taken = await takenPort(port, valueOf('--listen'))
  if (taken !== undefined) {
    process.stderr.write(
      `alkhub: ${taken} Choose another with --port N (the five services take N to N + 4), or leave --port out.\n`,
    )
    process.exitCode = 1
  }
}
