/** What the facts of several nodes say, side by side: the parts of which an expression can be made. Pure. */

import type { ExpressionFacts, Fact, Texts } from '../../computed/facts.ts';

/** A fact that is known of every node, with its value on each of them in their order. */
export interface Known<Value> {
  readonly expression: string;
  readonly values: readonly Value[];
}

export interface KnownValues {
  readonly texts: readonly Known<string>[];
  readonly numbers: readonly Known<number>[];
}

/** The facts that all of these nodes have, the most telling ones first. */
export function knownValues(nodes: readonly ExpressionFacts[]): KnownValues {
  const machine = <Name extends keyof ExpressionFacts['machine']>(name: Name) =>
    known(
      `machine.${name}`,
      nodes.map((facts) => facts.machine[name] as Fact<unknown>),
    );
  const hostname = machine('hostname') as Known<string>[];
  const texts = [
    ...hostname,
    ...hostname.map((one) => changed(one, '.split(".")[0]', (name) => name.split('.')[0] ?? '')),
    ...hostname.map((one) => changed(one, '.lowerAscii()', lowerAscii)),
    ...hostname.map((one) => changed(one, '.split(".")[0].lowerAscii()', (name) => lowerAscii(name.split('.')[0] ?? ''))),
    ...(machine('ipv4') as Known<string>[]),
    ...(machine('ipv6') as Known<string>[]),
    ...fileValues(nodes),
    ...known(
      'node.name',
      nodes.map(({ node }) => node.name),
    ),
    ...(machine('architecture') as Known<string>[]),
    ...keyed(
      'machine.osRelease',
      nodes.map((facts) => facts.machine.osRelease),
    ),
    ...keyed(
      'node.labels',
      nodes.map(({ node }) => node.labels),
    ),
    ...keyed(
      'node.annotations',
      nodes.map(({ node }) => node.annotations),
    ),
  ];
  return {
    texts: texts.filter(({ values }) => values.every((value) => value !== '')),
    numbers: [...(machine('cpus') as Known<number>[]), ...(machine('memoryGiB') as Known<number>[])],
  };
}

function known<Value>(expression: string, facts: readonly Fact<Value>[]): Known<Value>[] {
  const values = facts.flatMap((fact) => ('value' in fact ? [fact.value] : []));
  return values.length === facts.length ? [{ expression, values }] : [];
}

function changed({ expression, values }: Known<string>, suffix: string, change: (value: string) => string): Known<string> {
  return { expression: `${expression}${suffix}`, values: values.map(change) };
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Each key that all nodes have. */
function keyed(expression: string, facts: readonly Fact<Texts>[]): Known<string>[] {
  const [first, ...others] = known(expression, facts)[0]?.values ?? [];
  const names = Object.keys(first ?? {}).filter((name) => others.every((texts) => Object.hasOwn(texts, name)));
  return names.toSorted().map((name) => ({
    expression: `${expression}[${JSON.stringify(name)}]`,
    values: [first, ...others].map((texts) => texts?.[name] ?? ''),
  }));
}

function fileValues(nodes: readonly ExpressionFacts[]): Known<string>[] {
  const all =
    known(
      'environmentFiles',
      nodes.map(({ environmentFiles }) => environmentFiles),
    )[0]?.values ?? [];
  const [first = {}] = all;
  // What os-release says has a fact of its own.
  const paths = Object.keys(first).filter(
    (path) => path !== '/etc/os-release' && all.every((files) => Object.hasOwn(files, path)),
  );
  return paths.toSorted().flatMap((path) =>
    keyed(
      `environmentFiles[${JSON.stringify(path)}]`,
      all.map((files) => files[path] ?? { value: {} }),
    ),
  );
}
