/** The network that hack/own-network has left: packages are to be had there. */

/** Set by hack/own-network. */
export const outerNetwork = process.env['KUBELET_CONFIG_OUTER_NETWORK'];

/** The words that run a program where packages can be had: a program and its arguments. */
export function withPackages(program: string, ...words: string[]): [string, string[]] {
  return outerNetwork === undefined ? [program, words] : ['nsenter', [`--net=${outerNetwork}`, program, ...words]];
}
