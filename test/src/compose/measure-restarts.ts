import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from '@alkdev/std'
import { FIRST_KEY_COMMAND } from '@alkdev/service/admin'
import { ComposeFolder } from './compose-folder.ts'
import { Traffic } from './traffic.ts'
import type { KindCounts } from './traffic.ts'

const SERVICES = ['coordinator', 'inference-proxy', 'mcp', 'spoke-broker', 'gateway'] as const
const SCALE = SERVICES.map((name) => `--scale ${name}=2`).join(' ')
/** Traffic before the first disturbance and after each, in milliseconds. */
const CALM_MS = 5000

/**
 * Starts a stack with two containers of each service, and replaces and restarts its parts under traffic. Prints what became of the requests, and
 * rejects when one of them failed. With the variable ALKHUB_FORMER_IMAGE, the stack starts from that image, and is updated to the present one.
 */
export async function measureRestarts(): Promise<void> {
  const { ALKHUB_FORMER_IMAGE: former } = process.env
  await using here = await ComposeFolder.create()
  console.log(`measuring restarts in ${here.folder}`)
  await here.run('docker compose build')
  if (former !== undefined) {
    await here.run('docker tag alkhub:local alkhub:next')
    await here.run(`docker tag ${former} alkhub:local`)
  }
  await here.run('./alkhub config init --compose')
  await here.run('docker compose up --no-start')
  // The model server of this program is in the network of the containers, which is private.
  const network = async (member: string): Promise<string> => {
    const format = `{{(index .IPAM.Config 0).${member}}}`
    return (
      await here.run(`docker network inspect "$COMPOSE_PROJECT_NAME"_default --format '${format}'`)
    ).trim()
  }
  const allowed = JSON.stringify([await network('Subnet')])
  for (const service of ['inference-proxy', 'gateway', 'coordinator'])
    await here.run(
      `./alkhub config set outbound.allow '${allowed}' --config secrets/${service}.json`,
    )
  await here.run(`docker compose up --detach ${SCALE}`)
  await here.run(`umask 077; ${FIRST_KEY_COMMAND}`)
  const key = (await readFile(join(here.folder, 'admin.key'), 'utf8')).trim()
  using model = await ModelServer.start(await network('Gateway'))
  await writeFile(join(here.folder, 'model.key'), 'sk-none\n')
  const target = `--hub ${here.url} --key-file admin.key`
  await here.run(
    `./alkhub providers add words --url ${model.url} --secret-file model.key ${target}`,
  )
  await using traffic = new Traffic({ hub: here.url, key, model: 'words/any' })
  await traffic.start()
  const failed: string[] = []
  const phase = async (what: string, disturb: () => Promise<unknown>): Promise<void> => {
    traffic.take()
    const from = Date.now()
    await disturb()
    const tookMs = Date.now() - from
    await sleep(CALM_MS)
    const counts = traffic.take()
    failed.push(...report(what, tookMs, counts))
  }
  await phase('nothing', () => sleep(CALM_MS))
  for (const name of SERVICES)
    await phase(`restart one of two: ${name}`, () => restartOne(here, name))
  for (const name of SERVICES)
    await phase(`docker/roll ${name}`, () => here.run(`docker/roll ${name}`))
  if (former !== undefined)
    await phase('update to the present image', async () => {
      await here.run('docker tag alkhub:next alkhub:local')
      await here.run('docker compose run --rm --no-deps migrate')
      await here.run('docker/roll')
    })
  await phase('restart redis', () => here.run('docker compose restart redis'))
  await phase('restart postgres', () => here.run('docker compose restart postgres'))
  await here
    .run("docker stats --no-stream --format '{{.Name}} {{.MemUsage}}'")
    .then((text) => console.log(text))
  if (failed.length > 0) throw new Error(`Requests failed:\n${failed.join('\n')}`)
}

/** `docker restart` of one of the containers, and the wait until it is healthy. */
async function restartOne(here: ComposeFolder, name: string): Promise<void> {
  const [first = ''] = (await here.run(`docker compose ps -q ${name}`)).split('\n')
  await here.run(`docker restart --time 40 ${first}`)
  await here.run(
    `for n in $(seq 120); do [ "$(docker inspect --format '{{.State.Health.Status}}' ${first})" = healthy ] && exit 0; sleep 1; done; exit 1`,
  )
}

/** Prints a row for each kind; returns the failures. */
function report(
  what: string,
  tookMs: number,
  counts: Readonly<Record<string, KindCounts>>,
): string[] {
  console.log(`\n${what} (${(tookMs / 1000).toFixed(1)} s)`)
  return Object.entries(counts).flatMap(([kind, { ends, slowestMs }]) => {
    const text = Object.entries(ends)
      .map(([end, count]) => `${count} ${end}`)
      .join(', ')
    console.log(`  ${kind.padEnd(20)} ${text}; slowest ${slowestMs} ms`)
    return Object.keys(ends).some((end) => end !== 'ok') ? [`${what}: ${kind}: ${text}`] : []
  })
}

/** A model server with the protocol of OpenAI, which answers with a few words. */
class ModelServer implements Disposable {
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, host: string) {
    this.#server = server
    this.url = `http://${host}:${(server.address() as AddressInfo).port}/v1`
  }

  static async start(host: string): Promise<ModelServer> {
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (data: Buffer) => (body += data.toString()))
      request.on('end', () => {
        if (request.method === 'GET')
          return response
            .setHeader('content-type', 'application/json')
            .end('{"object":"list","data":[{"id":"any","object":"model"}]}')
        const streams = (JSON.parse(body) as { readonly stream?: boolean }).stream === true
        return streams
          ? void sendStream(response)
          : response.setHeader('content-type', 'application/json').end(WHOLE)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    return new ModelServer(server, host)
  }

  [Symbol.dispose](): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const common = { id: 'c', created: 1, model: 'any' }
const WHOLE = JSON.stringify({
  ...common,
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' },
  ],
  usage,
})

async function sendStream(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let at = 0; at < 20; at++) {
    const choices = [
      { index: 0, delta: { content: 'word ' }, finish_reason: at === 19 ? 'stop' : null },
    ]
    response.write(
      `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices })}\n\n`,
    )
    await sleep(100)
  }
  response.write(
    `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices: [], usage })}\n\n`,
  )
  response.end('data: [DONE]\n\n')
}
