import type { TSchema } from '@alkdev/typebox'
import { expectation } from './expectation.ts'
import { configSections } from './hub-config.ts'
import { serviceSections } from './services.ts'

interface Row {
  readonly name: string
  readonly type: string
  readonly fallback: string
  readonly description: string
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

function typeOf(schema: TSchema): string {
  return schema['secret'] === true
    ? 'secret text'
    : expectation(schema).replace(/ of 1 to 4096 characters/, '')
}

function rowsOf(schema: TSchema, prefix: string, required: readonly string[]): Row[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, TSchema>)
  return properties.flatMap(([name, inner]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    if (inner['properties'] !== undefined)
      return rowsOf(inner, path, (inner['required'] ?? []) as string[])
    const absent = required.includes(name) ? '**required**' : 'none'
    const fallback = inner.default === undefined ? absent : `\`${JSON.stringify(inner.default)}\``
    return [{ name: path, type: typeOf(inner), fallback, description: inner.description ?? '' }]
  })
}

function usedBy(section: string): string {
  const services = Object.entries(serviceSections).filter(([, names]) =>
    (names as readonly string[]).includes(section),
  )
  return services.map(([service]) => `\`${service}\``).join(', ')
}

function sectionPage(name: string, schema: TSchema): string {
  const head = `## ${name}\n\n${schema.description ?? ''}\n\nRead by ${usedBy(name)}.\n`
  const [named] = Object.entries((schema['patternProperties'] ?? {}) as Record<string, TSchema>)
  const holder = named === undefined ? schema : named[1]
  const prefix = named === undefined ? '' : '<name>'
  const rows = rowsOf(holder, prefix, (holder['required'] ?? []) as string[])
  const note = named === undefined ? '' : `\nNames match \`${named[0]}\`.\n`
  if (rows.length === 0)
    return schema['properties'] === undefined ? `${head}\nA ${typeOf(schema)}; required.\n` : head
  const lines = rows.map(
    (row) =>
      `| \`${row.name}\` | ${cell(row.type)} | ${cell(row.fallback)} | ${cell(row.description)} |`,
  )
  return `${head}${note}\n| setting | expected | default | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`
}

/** `docs/reference/config.md`, generated from the schemas. */
export function configReferencePage(): string {
  const sections = Object.entries(configSections).map(([name, schema]) => sectionPage(name, schema))
  return `# Configuration

Generated from \`libs/config\` by \`node libs/config/src/write-reference.ts\`; a test compares it.

Each service has one file, YAML or JSON. \`ALKHUB_CONFIG_PATH\` names it. Any value, also a whole section, may be
\`{_encrypted: ...}\`. The master key that \`ALKHUB_MASTER_KEY_PATH\` names (default \`/run/secrets/hub_master_key\`) decrypts it. No
other environment variable is read. A process reads only the sections that list it below. All errors are reported at once, by
path and without values. Times are milliseconds (\`...Ms\`) and sizes bytes (\`...Bytes\`). A change takes effect after a restart.

\`./alkhub up\` has its files in \`.alkhub/config\`. At each start it sets \`postgres.url\`, \`redis.url\`, \`bus.key\`, \`http.host\`,
\`http.ports\`, \`http.sdkFolder\` and \`outbound.denyPorts\`. What \`alkhub config set\` changed in other settings stays.

${sections.join('\n')}`
}
