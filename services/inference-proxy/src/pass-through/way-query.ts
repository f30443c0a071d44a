import type { Way } from './find-way.ts'

/** The query of a request as its provider gets it: byte for byte, but for the name of the model. `url`: of the client. */
export function queryFor(
  { model, requestedModel }: Pick<Way, 'model' | 'requestedModel'>,
  url = '',
): string {
  const at = url.indexOf('?')
  const query = at < 0 ? '' : url.slice(at)
  if (model === undefined || model === requestedModel || !/[?&]model=/.test(query)) return query
  return query.replace(
    /([?&]model=)[^&]*/,
    (_, name: string) => `${name}${encodeURIComponent(model)}`,
  )
}
