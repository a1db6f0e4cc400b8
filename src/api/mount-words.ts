/** The directories of the host that further arguments of `podman run` show the kubelet. */

/** Reads `--volume=HOST:TARGET[:OPTIONS]`, `-v` and `--mount=type=bind,…`, also with the value behind it. */
export function mountsInWords(words: readonly string[]): { hostPath: string; mountPath: string }[] {
  return words.flatMap((word, index) => {
    const [, name, joined] = /^(--volume|--mount|-v)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (name === undefined) return [];
    const value = joined ?? words[index + 1] ?? '';
    return name === '--mount' ? bindMount(value) : volume(value);
  });
}

function volume(value: string): { hostPath: string; mountPath: string }[] {
  const [hostPath = '', mountPath = ''] = value.split(':');
  return hostPath.startsWith('/') && mountPath.startsWith('/') ? [{ hostPath, mountPath }] : [];
}

function bindMount(value: string): { hostPath: string; mountPath: string }[] {
  const pairs = value.split(',').map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)] as const);
  const first = (...names: string[]) => pairs.find(([name = '']) => names.includes(name))?.[1];
  const hostPath = first('source', 'src');
  const mountPath = first('target', 'destination', 'dst');
  return hostPath?.startsWith('/') && mountPath?.startsWith('/') ? [{ hostPath, mountPath }] : [];
}
