import { useState } from 'preact/hooks'
import { fieldsOf, inputOf, textOf } from './field.ts'
import type { Field } from './field.ts'

interface SchemaFormProps {
  readonly schema: unknown
  readonly value: unknown
  readonly label: string
  readonly busy: boolean
  readonly onChange: (input: unknown) => void
  readonly onSubmit: (input: unknown) => void
}

/** A form for an input: a field for each member, or the whole as JSON. The hub checks the input, so that the form only reads it. */
export function SchemaForm({ schema, value, label, busy, onChange, onSubmit }: SchemaFormProps) {
  const fields = fieldsOf(schema)
  const [asJson, setAsJson] = useState(fields === undefined)
  const [json, setJson] = useState(() => JSON.stringify(value ?? {}, null, 2))
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() => textsOf(fields, value))
  const [wrong, setWrong] = useState('')

  const read = (from = { asJson, json, texts }): unknown => {
    if (!from.asJson && fields !== undefined) return inputOf(fields, from.texts)
    try {
      return JSON.parse(from.json)
    } catch (cause) {
      throw new Error('The input is not valid JSON.', { cause })
    }
  }
  const changed = (from: {
    asJson: boolean
    json: string
    texts: Readonly<Record<string, string>>
  }): void => {
    try {
      onChange(read(from))
      setWrong('')
    } catch {
      // It is said when the input is sent; while typing it is often incomplete.
    }
  }
  const send = (): void => {
    try {
      const input = read()
      setWrong('')
      onSubmit(input)
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error))
    }
  }
  const toggle = (): void => {
    try {
      const input = read()
      setJson(JSON.stringify(input, null, 2))
      setTexts(textsOf(fields, input))
      setAsJson(!asJson)
      setWrong('')
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error))
    }
  }

  return (
    <form
      class="schema"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {asJson || fields === undefined ? (
        <label class="field">
          <span>Input</span>
          <textarea
            class="code"
            rows={10}
            spellcheck={false}
            value={json}
            onInput={({ currentTarget }) => {
              setJson(currentTarget.value)
              changed({ asJson: true, json: currentTarget.value, texts })
            }}
          />
        </label>
      ) : fields.length === 0 ? (
        <p class="dim">It takes no input.</p>
      ) : (
        fields.map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            text={texts[field.name] ?? ''}
            onText={(text) => {
              const next = { ...texts, [field.name]: text }
              setTexts(next)
              changed({ asJson: false, json, texts: next })
            }}
          />
        ))
      )}
      {wrong !== '' && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Calling …' : label}
        </button>
        {fields !== undefined && fields.length > 0 && (
          <button type="button" class="quiet" onClick={toggle}>
            {asJson ? 'Edit as form' : 'Edit as JSON'}
          </button>
        )}
      </div>
    </form>
  )
}

function textsOf(
  fields: readonly Field[] | undefined,
  value: unknown,
): Readonly<Record<string, string>> {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  return Object.fromEntries(
    (fields ?? []).map((field) => [field.name, textOf(field, given[field.name])]),
  )
}

function FieldInput({
  field,
  text,
  onText,
}: {
  readonly field: Field
  readonly text: string
  readonly onText: (text: string) => void
}) {
  const { name, kind, required, description, choices, example } = field
  const onInput = (event: { readonly currentTarget: { readonly value: string } }): void =>
    onText(event.currentTarget.value)
  return (
    <label class="field">
      <span>
        {name}
        {required && <b title="required">*</b>}
        <i>{kind === 'choice' ? '' : kind === 'long-text' ? 'text' : kind}</i>
      </span>
      {kind === 'choice' || kind === 'boolean' ? (
        <select value={text} required={required} onChange={onInput}>
          <option value="">{required ? 'Choose …' : 'not given'}</option>
          {(kind === 'boolean' ? ['true', 'false'] : choices).map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      ) : kind === 'long-text' || kind === 'json' ? (
        <textarea
          rows={kind === 'json' ? 4 : 3}
          class={kind === 'json' ? 'code' : ''}
          required={required}
          placeholder={example}
          value={text}
          onInput={onInput}
        />
      ) : (
        <input
          type="text"
          inputMode={kind === 'number' ? 'decimal' : 'text'}
          required={required}
          placeholder={example}
          autocomplete="off"
          value={text}
          onInput={onInput}
        />
      )}
      {description !== '' && <small>{description}</small>}
    </label>
  )
}
