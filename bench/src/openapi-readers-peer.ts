// Reads the OpenAPI document with several keys at once, for each message that it gets; answers with the sizes. Arguments: URL, keys.
const [, , url = '', ...keys] = process.argv

process.on('message', () => {
  void Promise.all(
    keys.map(async (key) => {
      const response = await fetch(`${url}/openapi.json`, { headers: { 'x-api-key': key } })
      return (await response.arrayBuffer()).byteLength
    }),
  ).then((sizes) => process.send?.(sizes))
})
process.send?.('ready')
