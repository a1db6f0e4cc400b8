/**
 * The generation of the kubelet wrapper in each CoreOS release (numbers as in ../coreos.ts), made from the
 * releases that coreos/manifest tagged between 2016-01 and 2020-05. test/render/coreos.test.ts derives these
 * tables again from test/vectors/coreos-releases.tsv.
 */

/**
 * The first branch (the first integer of a release) that began with the generation. Later branches begin with
 * it too, up to the next line. The comments name commits of coreos-overlay.
 */
export const branchGenerations: readonly (readonly [branch: number, generation: number])[] = [
  [962, 2], // d37e3ef
  [967, 3], // 435f8dc: a comment only
  [1025, 4], // 7364d43: os-release
  [1047, 5], // b7261b6: --stage1-from-dir
  [1207, 6], // e0b4642: the rewrite
  [1353, 8], // 1118a4c: /var/log
  [1381, 9], // c6cf2a7: recursive=true for /var/lib/kubelet
  [1423, 11], // e550d2e: prefix coreos-
  [1451, 12], // 2a794bb: /lib/modules
  [1576, 13], // 89f4a79: --hosts-entry host
  [1758, 14], // 64a9f43: /etc/machine-id
  [2512, 15], // aa21912: docker:// by default
];

/** Releases that changed the generation of their branch from there on. */
export const releaseGenerations: readonly (readonly [release: string, generation: number])[] = [
  ['1353.6.0', 6], // e0b4642 again
  ['1353.8.0', 10], // e0b4642 with recursive=true
  ['1409.4.0', 10], // the same: /var/log is gone again
];
