/**
 * Which of two versions of an object is older. For long opaque by contract, in truth etcd's revisions, and since Kubernetes 1.35 decimal
 * numbers by contract (KEP-5504).
 */

/** False also when one of them is no number: then nobody can say. */
export function isOlder(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined || !isNumber(version) || !isNumber(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}

function isNumber(version: string): boolean {
  return /^(0|[1-9]\d*)$/.test(version);
}
