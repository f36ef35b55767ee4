#!/bin/sh
# Builds the guest kernel of the hardware tests, unless it is there already, and prints its path. No network.
#
#   KUZET_HIL_CACHE   where kernels are kept; .cache/hil in the project unless set
#   KUZET_HIL_SOURCE  the kernel's source; Debian's package linux-source-6.1 unless set
#
# A kernel's name says what it was made of: the source's version, the configuration, the compiler, this script.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${KUZET_HIL_CACHE:-$here/../../.cache/hil}
source=${KUZET_HIL_SOURCE:-/usr/src/linux-source-6.1.tar.xz}
packages='build-essential flex bison bc xz-utils linux-source-6.1'

fail() {
    echo "build-kernel: $1" >&2
    exit 1
}

[ -r "$source" ] || fail "$source is not there: apt-get install --no-install-recommends $packages"
for tool in make gcc flex bison bc xz; do
    command -v "$tool" >/dev/null || fail "$tool is not installed: apt-get install --no-install-recommends $packages"
done

made_of=$(
    {
        stat -L -c '%n %s %Y' "$source"
        gcc -dumpfullversion -dumpmachine
        cat "$here/kernel.config" "$here/build-kernel.sh"
    } | sha256sum | cut -c 1-16
)
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
kernel=$cache/linux-$made_of
log=$cache/linux-$made_of.log

# One build at a time; who waited finds it done.
exec 9>"$cache/lock"
flock 9
if [ -x "$kernel" ]; then
    echo "$kernel"
    exit 0
fi

work=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
build() {
    # The Kconfig files of all drivers are read, the code of most is not: it need not be unpacked.
    mkdir "$work/source" && tar -C "$work/source" -xf "$source" --strip-components=1 --wildcards \
        --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]' \
        --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/staging/*.[ch]' \
        --exclude='*/sound/*.[ch]' --exclude='*/Documentation/*.rst' --exclude='*/tools/testing/*.[ch]' &&
        sed -i '/^config HZ$/,/^$/s/default 100$/default 1000/' "$work/source/arch/um/Kconfig" &&
        make -s -C "$work/source" O="$work/out" ARCH=um SUBARCH=x86_64 \
            KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig || return
    # Kconfig drops in silence what something else forbids.
    refused=$(grep '^CONFIG_' "$here/kernel.config" | grep -vxFf "$work/out/.config" || true)
    if [ -n "$refused" ]; then
        echo "this source refuses these lines of kernel.config:" $refused
        return 1
    fi
    make -s -C "$work/out" ARCH=um SUBARCH=x86_64 KBUILD_BUILD_USER=kuzet KBUILD_BUILD_HOST=hil \
        KBUILD_BUILD_TIMESTAMP=2000-01-01 -j"$(nproc)" linux &&
        strip -s -o "$work/linux" "$work/out/linux"
}
echo "build-kernel: building the guest kernel, some minutes on two cores; log: $log" >&2
if ! build >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail "the kernel was not built, the whole log is $log; is everything installed?
apt-get install --no-install-recommends $packages"
fi
# A move within one file system: whoever finds the name finds a whole kernel.
mv "$work/linux" "$kernel"
echo "$kernel"
