/** The manual page kubelet-config(1), made of what --help says and of the tables in docs/commands.md. */

export interface ManPageText {
  readonly version: string;
  /** The day of the release, as `2026-11-28`. */
  readonly date: string;
  /** What `kubelet-config help COMMAND` prints, by command, in its order. */
  readonly help: Readonly<Record<string, string>>;
  /** The text of docs/commands.md. */
  readonly commandsPage: string;
}

/** @returns the page in the format of man(7) */
export function manPage({ version, date, help, commandsPage }: ManPageText): string {
  return [
    `.TH KUBELET-CONFIG 1 "${date}" "kubelet-config ${version}" "User Commands"`,
    section('NAME', 'kubelet-config \\- declarative kubelet configuration for any Kubernetes cluster, made safe'),
    section('SYNOPSIS', '.B kubelet-config\n.I command\n.RI [ option ]\\&...'),
    section(
      'DESCRIPTION',
      escaped(
        'A KubeletConfig object says which nodes run which kubelet, launched how, with which flags and settings. kubelet-config checks such objects, shows what they would change on a host, changes it, proves that the kubelet is healthy again, and otherwise puts back what was there before.',
      ),
    ),
    '.SH COMMANDS',
    ...Object.entries(help).map(([name, text]) => `.SS ${escaped(name)}\n.nf\n${escaped(text.trimEnd())}\n.fi`),
    '.SH "EXIT STATUS"',
    ...exitCodes(commandsPage).map(([code, meaning]) => `.TP\n.B ${escaped(code)}\n${escaped(meaning)}`),
    '.SH FILES',
    ...Object.entries(files).map(([path, what]) => `.TP\n.I ${escaped(path)}\n${escaped(what)}`),
    section('SEE ALSO', '.BR kubelet (1),\n.BR kubectl (1),\n.BR systemd (1),\nhttps://github.com/kubelet-config/kubelet-config'),
    '',
  ].join('\n');
}

const files = {
  '/etc/kubelet-config.d': 'objects of a machine without a cluster, and the hold of a host',
  '/etc/default/kubelet-config': "options of the agent's services",
  '/var/lib/kubelet-config': 'the own records: the last changes, and what was there before',
};

const section = (title: string, text: string) => `.SH ${title.includes(' ') ? `"${title}"` : title}\n${text}`;

/** Rows of the page's table of exit codes. */
function exitCodes(page: string): (readonly [string, string])[] {
  const [, table = ''] = page.split('| exit code | meaning |\n');
  const rows = [...(table.split('\n\n')[0]?.matchAll(/^\| (\d[\d, ]*) \| (.+) \|$/gm) ?? [])];
  if (rows.length === 0) throw new Error('docs/commands.md has no table of exit codes');
  return rows.map(([, code = '', meaning = '']) => [code, withoutMarkup(meaning)]);
}

const withoutMarkup = (text: string) => text.replaceAll('`', '').replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');

/** A line may not begin with what roff takes for a request, and a hyphen stays one when it is copied. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
