/** Creates the first admin key of a running compose stack. It prints only the key, so the file holds nothing else. */
export const FIRST_KEY_COMMAND =
  'docker compose run --rm -T --no-deps gateway node libs/service/src/admin/bootstrap-main.ts > admin.key'

/** The step that remains after the first start of a compose stack, which creates no key automatically. */
export const FIRST_KEY_HINT = `Make the first admin key: \`${FIRST_KEY_COMMAND}\`.`
