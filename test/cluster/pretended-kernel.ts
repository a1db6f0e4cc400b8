/** Makes a throwaway machine, which cannot change the kernel of its host, look to a kubelet as if it could. */

/** A script: the kubelet's settings of the kernel go to files of the machine, which forgets that when it boots. */
export const pretendedKernel = `
ln -sf /dev/null /dev/kmsg
mkdir -p /run/sysctl
while read -r path value; do
  echo "$value" > "/run/sysctl/\${path//\\//.}"
  mount --bind "/run/sysctl/\${path//\\//.}" "/proc/sys/$path"
done <<END
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END`;
