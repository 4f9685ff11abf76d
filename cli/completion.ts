import { Argument, Command } from 'commander';
import type { Subcommand } from './base/context.ts';
import { Failure } from './base/failure.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** Prints a script that completes subcommands and options. It is made from the definition that parses them. */
export const completion: Subcommand = (run) => {
  const command = new Command('completion')
    .description('print a script for your shell that completes subcommands and options')
    .addArgument(new Argument('<shell>', 'bash: source <(aftercall completion bash)').choices(SHELLS));
  return command.action(
    run(async ({ output }, _options, shell) => {
      if (!command.parent) throw new Failure('completion has no command line to complete');
      const script = SCRIPTS[shell as Shell](nodesOf(command.parent)); // commander has checked the choice
      output.line(script);
      output.result({ shell, script });
      return 0;
    }),
  );
};

/** A command and the words that may follow it. */
interface Node {
  /** From the command line's beginning: ` secrets set`; empty for the command itself. */
  at: string;
  commands: { name: string; says: string }[];
  options: { flag: string; says: string; takesValue: boolean; choices: readonly string[] }[];
  choices: readonly string[];
}

const nodesOf = (command: Command, at = '', inherited: Node['options'] = []): Node[] => {
  const own = command.options.map(({ long, short, description, required, optional, argChoices = [] }) => ({
    flag: long ?? short ?? '',
    says: description,
    takesValue: required || optional,
    choices: argChoices,
  }));
  const options = [...own, ...inherited];
  const commands = command.commands.map((child) => ({ name: child.name(), says: child.description() }));
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const below = command.commands.flatMap((child) => nodesOf(child, `${at} ${child.name()}`, options));
  return [{ at, commands, options, choices }, ...below];
};

const wordsOf = ({ commands, choices, options }: Node): string =>
  [...commands.map(({ name }) => name), ...choices, ...options.map(({ flag }) => flag), '--help'].join(' ');

/** Finds the node of the words before the cursor. `word` is the shell's own text for each of them. */
const cases = (nodes: readonly Node[], answer: (node: Node) => string): string[] =>
  nodes.map((node) => `    '${node.at}') ${answer(node)} ;;`);
const known = (nodes: readonly Node[]): string =>
  nodes
    .slice(1)
    .map(({ at }) => `'${at}'`)
    .join(' | ');

const bash = (nodes: readonly Node[]): string =>
  [
    '_aftercall() {',
    "  local at='' i words=''",
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own
    '    case "$at ${COMP_WORDS[i]}" in',
    `      ${known(nodes)}) at="$at \${COMP_WORDS[i]}" ;;`,
    '    esac',
    '  done',
    '  case "$at" in',
    ...cases(nodes, (node) => `words='${wordsOf(node)}'`),
    '  esac',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _aftercall aftercall',
  ].join('\n');

const zsh = (nodes: readonly Node[]): string =>
  [
    '#compdef aftercall',
    '_aftercall() {',
    "  local at='' i",
    '  for ((i = 2; i < CURRENT; i++)); do',
    '    case "$at $words[i]" in',
    `      ${known(nodes)}) at="$at $words[i]" ;;`,
    '    esac',
    '  done',
    '  case "$at" in',
    ...cases(nodes, (node) => `compadd -- ${wordsOf(node)}`),
    '  esac',
    '  _files',
    '}',
    'compdef _aftercall aftercall',
  ].join('\n');

const fish = (nodes: readonly Node[]): string =>
  nodes
    .flatMap((node) => {
      const path = node.at.trim().split(' ').filter(Boolean);
      const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
      const others = node.commands.map(({ name }) => name).join(' ');
      const here = [...seen, ...(others ? [`not __fish_seen_subcommand_from ${others}`] : [])].join('; and ');
      const line = (rest: string) => `complete -c aftercall${here ? ` -n '${here}'` : ''} ${rest}`;
      return [
        ...node.commands.map(({ name, says }) => line(`-f -a ${name} -d '${quoted(says)}'`)),
        ...node.choices.map((choice) => line(`-f -a ${choice}`)),
        ...node.options.map(({ flag, says, takesValue }) =>
          line(`-l ${flag.replace(/^--/, '')}${takesValue ? ' -r' : ''} -d '${quoted(says)}'`),
        ),
      ];
    })
    .join('\n');

const quoted = (text: string): string => text.replace(/[\\']/g, '\\$&');

const SCRIPTS: Readonly<Record<Shell, (nodes: readonly Node[]) => string>> = { bash, zsh, fish };
