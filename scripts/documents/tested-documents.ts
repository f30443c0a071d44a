/** How the commands of one document are tested. */
export interface TestedDocument {
  /** The test that runs its commands. */
  readonly test: string
  /** A text in the test by which it names the document. */
  readonly names: string
  /** Beginnings of commands that the test does not run, each with the reason. */
  readonly except?: Readonly<Record<string, string>>
}

const GUIDES = 'test/src/e2e/guides.e2e.test.ts'
/** Reads each `alkhub` command with its options, and runs none. */
const OPTIONS = 'libs/cli/src/guides.test.ts'
const BACKUP = 'test/src/e2e/backup.e2e.test.ts'
const SDK = 'test/src/e2e/sdk.e2e.test.ts'
const NO_ENGINE = 'a machine that runs tests has no container engine'
const STARTED = 'many-machines-guide.e2e.test.ts starts the services by these'
const ANOTHER_FOLDER = 'the configuration of a Compose stack'
const INSTALLED_AS_FILE = 'the test installs the same tarball from a file'

function library(room: string): TestedDocument {
  return {
    test: 'test/src/e2e/packages.e2e.test.ts',
    names: `'${room}'`,
    except: { 'npm install http': INSTALLED_AS_FILE },
  }
}

/** Every document with commands in `sh` blocks. */
export const TESTED_DOCUMENTS: Readonly<Record<string, TestedDocument>> = {
  'README.md': {
    test: 'test/src/e2e/launcher.e2e.test.ts',
    names: 'README.md',
    except: {
      'npm ': 'sdk.e2e.test.ts runs these in an empty folder',
      './alkhub test': 'it is the run itself',
      'docker compose': NO_ENGINE,
    },
  },
  'docs/reference/scripted-model.md': {
    test: OPTIONS,
    names: 'documents',
    except: { './alkhub': 'the models belong to the local stack; the test reads the options' },
  },
  'docs/reference/http.md': { test: 'test/src/e2e/http-page.e2e.test.ts', names: 'http.md' },
  'docs/guides/add-a-model-provider.md': { test: GUIDES, names: 'add-a-model-provider' },
  'docs/guides/add-an-outside-service.md': {
    test: OPTIONS,
    names: 'docs/guides',
    except: { './alkhub': 'the services of the examples do not exist; the test reads the options' },
  },
  'docs/guides/attach-a-spoke.md': { test: GUIDES, names: 'attach-a-spoke' },
  'docs/guides/back-up-and-restore.md': {
    test: BACKUP,
    names: 'back-up-and-restore.md',
    except: { 'docker compose': NO_ENGINE },
  },
  'docs/guides/upgrade.md': {
    test: BACKUP,
    names: 'upgrade.md',
    except: { 'docker compose': NO_ENGINE, 'git ': 'the clone of the test has one version' },
  },
  'docs/guides/run-an-agent.md': { test: GUIDES, names: 'run-an-agent' },
  'docs/guides/call-operations-from-a-program.md': {
    test: SDK,
    names: 'call-operations-from-a-program.md',
  },
  'docs/guides/calls-that-must-not-be-lost.md': {
    test: GUIDES,
    names: 'calls-that-must-not-be-lost',
  },
  'docs/guides/console.md': { test: GUIDES, names: "'console'" },
  'docs/guides/run-on-one-machine.md': {
    test: 'test/src/e2e/supervision.e2e.test.ts',
    names: 'run-on-one-machine.md',
  },
  'docs/guides/run-on-many-machines.md': {
    test: 'libs/cli/src/many-machines-guide.test.ts',
    names: 'run-on-many-machines.md',
    except: {
      'rm ': 'it removes what the test still needs',
      './alkhub migrate': STARTED,
      './alkhub keys bootstrap': STARTED,
      './alkhub ops': STARTED,
      ALKHUB_CONFIG_PATH: STARTED,
    },
  },
  'docs/guides/find-a-failed-call.md': { test: GUIDES, names: 'find-a-failed-call' },
  'docs/guides/identity.md': {
    test: 'test/src/e2e/cli-identity.e2e.test.ts',
    names: 'identity.md',
  },
  'docs/guides/run-with-compose.md': {
    test: 'test/src/compose/follow-guide.ts',
    names: 'run-with-compose',
    except: {
      'git pull': 'it changes the clone',
    },
  },
  'docs/guides/run-on-kubernetes.md': {
    test: 'test/src/e2e/kubernetes-guide.e2e.test.ts',
    names: 'run-on-kubernetes.md',
    except: {
      kubectl: 'a machine that runs tests has no cluster; what the lines name is checked',
      docker: NO_ENGINE,
      '(umask 077; kubectl': 'as the other lines of kubectl',
      './alkhub ops': ANOTHER_FOLDER,
    },
  },
  'docs/architecture/scaling.md': {
    test: 'bench/src/capacity/capacity.test.ts',
    names: 'docs/architecture/scaling.md',
  },
  'docs/guides/watch-a-hub.md': {
    test: GUIDES,
    names: 'watch-a-hub',
    except: {
      docker: 'test/src/compose/watch-telemetry.ts runs these, where there is an engine',
      chmod: 'it is for the lines of docker',
      './alkhub status': 'the hub of the test is not a local stack',
    },
  },
  'docs/guides/let-agents-work-a-plan.md': { test: GUIDES, names: 'let-agents-work-a-plan' },
  'docs/guides/use-from-an-mcp-client.md': { test: GUIDES, names: 'use-from-an-mcp-client' },
  'docs/guides/work-with-tasks.md': { test: GUIDES, names: 'work-with-tasks' },
  'docs/guides/workflows.md': { test: GUIDES, names: 'workflows' },
  'docs/guides/write-a-spoke.md': { test: SDK, names: 'write-a-spoke.md' },
  'docs/guides/write-a-spoke-in-another-language.md': {
    test: GUIDES,
    names: 'write-a-spoke-in-another-language',
  },
  'examples/websearch-spoke/README.md': { test: SDK, names: 'examples/websearch-spoke/README.md' },
  'libs/client/README.md': { test: SDK, names: 'libs/client/README.md' },
  'libs/spoke/README.md': {
    test: SDK,
    names: 'spoke.tgz',
    except: { 'npm install http': INSTALLED_AS_FILE },
  },
  'libs/operations/README.md': library('operations'),
  'libs/pubsub/README.md': library('pubsub'),
  'libs/taskgraph/README.md': library('taskgraph'),
  'libs/flowgraph/README.md': library('flowgraph'),
  'libs/ujsx/README.md': library('ujsx'),
  'libs/keypal/README.md': library('keypal'),
}
