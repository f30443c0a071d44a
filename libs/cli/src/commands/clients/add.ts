import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Client, ClientTrial } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { positional } from '../../command.ts'
import type { Command, Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { orgIdOf } from '../../hub/resolve.ts'
import { refuseSecretUrl } from '../../input/refuse-secret.ts'
import { changedSecret, secretFlags } from '../../input/secret-flags.ts'
import { trialText } from './connections.ts'
import { startedAs } from '../../started-as.ts'

/** Characters of a document that is stored with the client. */
const MAX_DOCUMENT_CHARS = 900_000
/** The ending of an OpenAPI document. */
const DOCUMENT = /\.(?:json|ya?ml)$/i

interface Addition {
  readonly type: 'mcp-server' | 'openapi'
  readonly config: Record<string, unknown>
}

export const add: Command = {
  usage: 'NAME URL|FILE [options]',
  summary:
    'Tries an outside MCP server or OpenAPI service, shows what it offers, and adds it.\nURL is an MCP endpoint, or an OpenAPI document when it ends in .json, .yaml or .yml; FILE is an OpenAPI document.\nIts tools then are operations NAME.TOOL.',
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
    'secret-file': secretFlags['secret-file'],
    'in-any-case': { type: 'boolean', summary: 'Adds it although it can not be used now.' },
  },
  maxPositionals: 2,
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
    const { type, config } = await additionOf(name, target, args)
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
    const org = args.text('org')
    const made = await hub.call<Client>('clients.create', {
      name,
      type,
      config,
      ...secrets,
      ...(org !== undefined && { orgId: await orgIdOf(hub, org) }),
    })
    print(
      io,
      args.flag('json'),
      { ...made, trial },
      () =>
        `${trialText(trial)}\nAdded ${name}. Within seconds \`${startedAs(io)} ops --namespace ${name}\` lists its operations.`,
    )
    return 0
  },
}

async function additionOf(name: string, target: string, args: Parsed): Promise<Addition> {
  const header = args.text('header')
  const scopes = args.texts('scope')
  const common = {
    ...(header !== undefined && { auth: { header } }),
    ...(scopes.length > 0 && { scopes: [...scopes] }),
    ...(args.flag('pinned') && { pinned: true }),
  }
  const isUrl = /^https?:\/\//.test(target)
  if (!isUrl && !existsSync(target)) throw noAddress(name, target)
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
    args.text('base-url') ?? serverOf(document) ?? (isUrl ? new URL(target).origin : '')
  if (!URL.canParse(baseUrl))
    throw new UsageError('Where is the service?', 'Give its address with --base-url URL.')
  const where = document === undefined ? { documentUrl: target } : { document }
  return { type, config: { baseUrl: baseUrl.replace(/\/+$/, ''), ...where, ...common } }
}

/** A program can be named only in the configuration of the operator: a stored command would run code for any account that may add clients. */
function noAddress(name: string, target: string): OperatorError {
  if (DOCUMENT.test(target))
    return new OperatorError(
      `There is no file ${target}.`,
      'Name the file of an OpenAPI document, or give a URL that begins with https://.',
    )
  return new OperatorError(
    `${target} is neither a URL nor a file.`,
    `To start a program as an MCP server, add it to \`mcpServers\` in the configuration of the mcp service: \`${name}: {command: ${target}}\` (docs/guides/add-an-outside-service.md).`,
  )
}

function typeOf(target: string, isUrl: boolean, given: string | undefined): Addition['type'] {
  if (given === 'mcp-server' || given === 'openapi') return given
  if (given !== undefined)
    throw new UsageError(`There is no type \`${given}\` here.`, 'Give mcp-server or openapi.')
  if (!isUrl) return 'openapi'
  return DOCUMENT.test(new URL(target).pathname) ? 'openapi' : 'mcp-server'
}

/** The first server of a JSON document, when it is a whole URL. */
function serverOf(document: string | undefined): string | undefined {
  if (document === undefined) return undefined
  const found = /"servers"\s*:\s*\[\s*\{[^}]*?"url"\s*:\s*"(https?:\/\/[^"{}]+)"/.exec(document)
  return (
    found?.[1] ?? /^servers:\s*\n\s*-\s*url:\s*['"]?(https?:\/\/[^\s'"{}]+)/m.exec(document)?.[1]
  )
}
