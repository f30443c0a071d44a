import { createComponent, h, renderText } from '@alkdev/ujsx'

const Step = createComponent<{ readonly name: string; readonly done: boolean }>('Step', (props) =>
  h('item', null, props.name, props.done && ' (done)'),
)

const plan = h(
  'section',
  null,
  h('heading', { level: 2 }, 'Plan'),
  h(
    'list',
    { ordered: true },
    h(Step, { name: 'write', done: true }),
    h(Step, { name: 'test', done: false }),
  ),
)

console.log(renderText(plan))
