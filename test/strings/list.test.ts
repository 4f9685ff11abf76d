import { expect, test } from 'vitest';
import { textsIn } from './list.ts';

const VALUE = '$'.concat('{value}');

test('the list of texts has literals, templates and HTML without its tags, and no import', () => {
  const code = [
    "import x from 'a module here';",
    "throw new Failure('it is empty');",
    `const text = \`${VALUE} memos wait\`;`,
    `const page = html\`<p class="note wide">No memo yet: ${VALUE}</p><button>Show</button>\`;`,
    "const state = 'failed';",
  ];
  expect(textsIn('some.ts', code.join('\n'))).toEqual([
    { file: 'some.ts', line: 2, text: 'it is empty' },
    { file: 'some.ts', line: 3, text: '… memos wait' },
    { file: 'some.ts', line: 4, text: 'No memo yet: … Show' },
  ]);
});
