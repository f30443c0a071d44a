/** Makes the first admin key of a compose stack that runs, and prints it alone: the file holds nothing else. */
export const FIRST_KEY_COMMAND =
  'docker compose exec -T gateway node libs/service/src/admin/bootstrap-main.ts > admin.key'

/** What is left to do after the first start of a compose stack, which makes no key by itself. */
export const FIRST_KEY_HINT = `Make the first admin key: \`${FIRST_KEY_COMMAND}\`.`
