/** How much work something is, whatever else the machine does. */

/** @returns processor time. What takes long is done again, for it may have been compiled or cleaned up meanwhile. */
export function milliseconds(work: () => void): number {
  const once = () => {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };
  const first = once();
  // The host of a virtual machine may take its processor away, and that counts as ours.
  return first < 15 || first > 2_500 ? first : Math.min(first, once(), once(), once(), once());
}
