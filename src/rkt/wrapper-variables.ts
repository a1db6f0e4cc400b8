/** Which variables of CoreOS's kubelet-wrapper, and of ours, count more than others. Pure. */

const stronger: ReadonlyMap<string, readonly string[]> = new Map([
  ['KUBELET_IMAGE_TAG', ['KUBELET_IMAGE']],
  ['KUBELET_IMAGE_URL', ['KUBELET_IMAGE']],
]);

/** The variables that count more than `name` for the wrapper if they are not empty. */
export function strongerThan(name: string): readonly string[] {
  return stronger.get(name) ?? [];
}
