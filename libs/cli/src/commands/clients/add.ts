import { accessSync, constants, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Client, ClientRefreshed, ClientTrial } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { httpFetch } from '@alkdev/std/fetch'
import { positional } from '../../command.ts'
import type { Command, Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { orgIdOf } from '../../hub/resolve.ts'
import { refuseSecretUrl } from '../../input/refuse-secret.ts'
import { changedSecret, secretFlags } from '../../input/secret-flags.ts'
import { addProgram } from './add-program.ts'
import { trialText } from './connections.ts'
import { startedAs } from '../../started-as.ts'

/** Characters of a document that is stored with the client. */
const MAX_DOCUMENT_CHARS = 900_000
/** Milliseconds and characters for the document at a URL, of which only the address of its server is read here. */
const READ_MS = 10_000
const MAX_READ_CHARS = 20_000_000
/** The ending of an OpenAPI document. */
const DOCUMENT = /\.(?:json|ya?ml)$/i

interface Addition {
  readonly type: 'mcp-server' | 'openapi'
  readonly config: Record<string, unknown>
}

export const add: Command = {
  usage: 'NAME URL|FILE|COMMAND [options] [-- ARGUMENT...]',
  summary:
    'Tries an outside MCP server or OpenAPI service, shows what it offers, and adds it.\nURL is an MCP endpoint, or an OpenAPI document when it ends in .json, .yaml or .yml; FILE is an OpenAPI document.\nCOMMAND is a program that is an MCP server: it is added to the config file of the mcp service, because no hub stores commands.\nIts tools then are operations NAME.TOOL.',
  flags: {
    ...hubFlags,
    'base-url': {
      type: 'string',
      value: 'URL',
      summary: 'Where the paths of an OpenAPI document begin (default: its first server).',
    },
    type: {
      type: 'string',
      value: 'TYPE',
      summary: 'mcp-server or openapi, when the address does not show it.',
    },
    header: {
      type: 'string',
      value: 'NAME',
      summary: 'The header that carries the secret (default: authorization, as a bearer token).',
    },
    scope: {
      type: 'string',
      value: 'SCOPE',
      multiple: true,
      summary: 'A scope that callers need; several times for several.',
    },
    pinned: {
      type: 'boolean',
      summary: 'Holds changed and new tools back until `alkhub clients accept NAME`.',
    },
    org: { type: 'string', value: 'ORG', summary: 'Whose members use it: id or name.' },
    config: {
      type: 'string',
      value: 'FILE',
      summary:
        'The config file of the mcp service that gets a COMMAND (default: that of the stack of this clone).',
    },
    'secret-file': secretFlags['secret-file'],
    'in-any-case': { type: 'boolean', summary: 'Adds it although it can not be used now.' },
  },
  maxPositionals: 100,
  async run(args, io) {
    const name = positional(
      args,
      0,
      'What is it called?',
      'Name it in small letters: `alkhub clients add docs https://example.com/mcp`.',
    )
    const target = positional(
      args,
      1,
      'Where is it?',
      'Give the URL of an MCP server, or the URL or file of an OpenAPI document.',
    )
    if (isCommand(target))
      return addProgram({ name, command: target, args: args.positionals.slice(2) }, args, io)
    if (args.positionals.length > 2)
      throw new UsageError(
        `\`${args.positionals[2]}\` is one argument too many.`,
        'Run `alkhub clients add --help` for its usage.',
      )
    const { type, config } = await additionOf(target, args, io.signal)
    const hub = await HubClient.from(args, io)
    const secret = await changedSecret(name, args, io)
    const secrets = secret === undefined || secret === null ? {} : { secret }
    const trial = await hub.call<ClientTrial>('clients.test', {
      name,
      type,
      config,
      ...secrets,
    })
    if (!trial.ok && !args.flag('in-any-case'))
      throw new OperatorError(
        `${name} was not added. ${trial.error?.message ?? ''}`,
        `${trial.error?.fix ?? ''} Or add it with --in-any-case: the hub keeps trying.`,
      )
    if (trial.ok && trial.usable === 0 && !args.flag('in-any-case'))
      throw new OperatorError(
        `${name} was not added. ${trialText(trial)}`,
        'Add it with --in-any-case if it will offer more: the hub reads its list again.',
      )
    const org = args.text('org')
    const made = await hub.call<Client>('clients.create', {
      name,
      type,
      config,
      ...secrets,
      ...(org !== undefined && { orgId: await orgIdOf(hub, org) }),
    })
    const isConnected = trial.ok && (await connected(hub, name))
    print(
      io,
      args.flag('json'),
      { ...made, trial },
      () =>
        `${trialText(trial)}\nAdded ${name}${type === 'openapi' ? `, whose paths begin at ${String(config['baseUrl'])}` : ''}. ${isConnected ? '' : 'Once the hub is connected, '}\`${startedAs(io)} ops --namespace ${name}\` lists its operations.`,
    )
    return 0
  },
}

/** Waits until the hub has connected, 20 s at most, so that the next command finds the operations. False when it has not: the client is added all the same. */
async function connected(hub: HubClient, name: string): Promise<boolean> {
  try {
    const { connection } = await hub.call<ClientRefreshed>('clients.refresh', { name })
    return connection.status === 'connected'
  } catch {
    return false
  }
}

async function additionOf(target: string, args: Parsed, signal: AbortSignal): Promise<Addition> {
  const header = args.text('header')
  const scopes = args.texts('scope')
  const common = {
    ...(header !== undefined && { auth: { header } }),
    ...(scopes.length > 0 && { scopes: [...scopes] }),
    ...(args.flag('pinned') && { pinned: true }),
  }
  const isUrl = /^https?:\/\//.test(target)
  if (!isUrl && !existsSync(target))
    throw new OperatorError(
      `There is no file ${target}.`,
      'Name the file of an OpenAPI document, or give a URL that begins with https://.',
    )
  const type = typeOf(target, isUrl, args.text('type'))
  if (isUrl) refuseSecretUrl(target, 'Give the secret with --secret-file FILE.')
  if (type === 'mcp-server') return { type, config: { url: target, ...common } }
  const document = isUrl ? undefined : await readFile(target, 'utf8')
  if (document !== undefined && document.length > MAX_DOCUMENT_CHARS)
    throw new OperatorError(
      `${target} has more than ${MAX_DOCUMENT_CHARS} characters.`,
      'Give the URL at which the hub can read the document.',
    )
  const baseUrl =
    args.text('base-url') ??
    (isUrl ? await serverAt(target, signal) : serverOf(document ?? '', undefined)) ??
    (isUrl ? new URL(target).origin : '')
  if (!URL.canParse(baseUrl))
    throw new UsageError('Where is the service?', 'Give its address with --base-url URL.')
  const where = document === undefined ? { documentUrl: target } : { document }
  return { type, config: { baseUrl: baseUrl.replace(/\/+$/, ''), ...where, ...common } }
}

/** What is neither a URL nor the file of a document. A file that can be run is a program. */
function isCommand(target: string): boolean {
  return !/^https?:\/\//.test(target) && !DOCUMENT.test(target) && !isDocument(target)
}

function isDocument(target: string): boolean {
  if (!existsSync(target)) return false
  try {
    accessSync(target, constants.X_OK)
    return false
  } catch {
    return true
  }
}

function typeOf(target: string, isUrl: boolean, given: string | undefined): Addition['type'] {
  if (given === 'mcp-server' || given === 'openapi') return given
  if (given !== undefined)
    throw new UsageError(`There is no type \`${given}\` here.`, 'Give mcp-server or openapi.')
  if (!isUrl) return 'openapi'
  return DOCUMENT.test(new URL(target).pathname) ? 'openapi' : 'mcp-server'
}

/** The first server of the document at an address; undefined when it names none, or cannot be read from this machine. */
async function serverAt(documentUrl: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await httpFetch(documentUrl, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]),
    })
    if (!response.ok || response.body === null) return undefined
    let document = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      document += chunk
      if (document.length > MAX_READ_CHARS) return undefined
    }
    return serverOf(document, documentUrl)
  } catch (error) {
    if (signal.aborted) throw error
    // The hub reads it, too, and says what is wrong with it.
    return undefined
  }
}

const SERVER_IN_JSON = /"servers"\s*:\s*\[\s*\{[^}]*?"url"\s*:\s*"([^"{}\s]+)"/
const SERVER_IN_YAML = /^servers:\s*\n\s*-\s*url:\s*['"]?([^\s'"{}]+)/m

/** The first server of a document; a relative one is relative to the address of the document. */
function serverOf(document: string, documentUrl: string | undefined): string | undefined {
  const found = SERVER_IN_JSON.exec(document)?.[1] ?? SERVER_IN_YAML.exec(document)?.[1]
  if (found === undefined || !URL.canParse(found, documentUrl)) return undefined
  const { href, protocol } = new URL(found, documentUrl)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}
