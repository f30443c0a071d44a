import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import type { Command } from '../command.ts'
import { outputFlags, outputOf } from '../output-flags.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { print } from '../hub/print.ts'
import { sayJson } from '../say.ts'

interface OpenApiDocument {
  readonly paths?: object
  readonly servers?: readonly { readonly url: string }[]
}

export const openapi: Command = {
  usage: '[options]',
  summary:
    'Prints the OpenAPI 3.1 document of the operations that your key may call, for generators of clients.',
  flags: {
    ...hubFlags,
    ...outputFlags('Write to this file instead of standard output.', 'FILE'),
  },
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const fetched = await hub.get<OpenApiDocument>('/openapi.json')
    // A relative server is the one that sent the document, which a file does not know.
    const isRelative = fetched.servers?.some(({ url }) => url === '/') ?? true
    const document = isRelative ? { ...fetched, servers: [{ url: hub.url }] } : fetched
    const file = outputOf(args)
    if (file === undefined) {
      sayJson(io.stdout, document, args.flag('json') ? 0 : 2)
      return 0
    }
    await writeFile(resolve(io.cwd, file), `${JSON.stringify(document, null, 2)}\n`).catch(
      (cause: unknown) => {
        throw new OperatorError(`${file} can't be written.`, 'Name another file with --to.', {
          cause,
        })
      },
    )
    const operations = Object.keys(document.paths ?? {}).length
    print(io, args.flag('json'), { file, paths: operations }, () => {
      return `Wrote ${operations} paths into ${file}.`
    })
    return 0
  },
}
