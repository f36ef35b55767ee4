#!/bin/sh
# The guest's first process: file systems, loopback, a Pi's name plate; then the command, its status, and the end.
# KUZET_HIL_SHARE is the shared folder as the machine outside calls it; inside it is /run/share.
mount() { busybox mount "$@"; }
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null # the kernel may have done it
mount -t tmpfs run /run
mount -t configfs configfs /sys/kernel/config
busybox mkdir /run/share
mount -t hostfs -o "$KUZET_HIL_SHARE" share /run/share
busybox ip link set lo up

# gpiozero asks here which Raspberry Pi it is on: a 3 B+. Nothing of ours knows of it.
{
    busybox cat /proc/cpuinfo
    printf 'Revision\t: a020d3\nModel\t\t: Raspberry Pi 3 Model B Plus Rev 1.3\n'
} >/run/cpuinfo
mount --bind /run/cpuinfo /proc/cpuinfo

# Terminal 1 is the output of this process outside; lines end as they were written.
busybox stty -F /dev/tty1 -onlcr 2>/dev/null
/bin/sh /run/share/command </dev/null >/dev/tty1 2>&1
echo $? >/run/share/status
busybox sync
exec busybox poweroff -f
