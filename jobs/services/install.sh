#!/bin/sh
# Installs the Ondol runner on this machine and connects it. Needs Linux and Python 3.10 or newer.
#
#   curl -fsSL SERVER/runner/install.sh | sh -s -- --code CODE
#
# Nothing is installed outside of two folders: a Python environment of its own, and the runner's
# home. As root it makes an account `ondol-runner` for it; as anybody else it stays in your home.
set -eu

server=@SERVER@
wheel=@WHEEL@
sha256=@SHA256@
has_dependencies=@HAS_DEPENDENCIES@

account=ondol-runner
code=''
name=''
devices=''
engines=onnxruntime
ca_file=''
service=auto
start=no
home=${ONDOL_RUNNER_HOME:-}

usage() {
    cat <<END
Usage: install.sh [--code CODE] [options]
  --code CODE      one-time code from the portal (Devices, Add device); without it, only upgrade
  --name NAME      name of this runner; else the host's name
  --device NAME    name of the device; else the host's name
  --engines LIST   engines to install, with commas: onnxruntime, openvino, pytorch, none
  --home FOLDER    where everything lies; else ~/.ondol-runner, for root /var/lib/ondol-runner
  --ca-file FILE   certificates of a company's own authority, in PEM
  --service KIND   auto, user, system or no: how it is started at boot
  --run            start it here and now, in the foreground
END
}

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "ondol-runner: $*"
    exit 1
}

value() {
    [ $# -ge 2 ] || fail "$1 needs a value. See --help."
    printf '%s' "$2"
}

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --code) code=$(value "$@"); shift ;;
            --name) name=$(value "$@"); shift ;;
            --device) devices=$(value "$@"); shift ;;
            --engines) engines=$(value "$@"); shift ;;
            --home) home=$(value "$@"); shift ;;
            --ca-file) ca_file=$(value "$@"); shift ;;
            --service) service=$(value "$@"); shift ;;
            --run) start=yes ;;
            --help) usage; exit 0 ;;
            *) usage >&2; fail "$1 is not known." ;;
        esac
        shift
    done
    case $service in auto | user | system | no) ;; *) fail "--service $service is not known." ;; esac
}

find_python() {
    for python in python3 python3.13 python3.12 python3.11 python3.10; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            "$python" -c 'import ensurepip, venv' 2>/dev/null && return
            fail "$python has no venv module. On Debian and Ubuntu: apt install python3-venv"
        fi
    done
    fail "Python 3.10 or newer is needed, and there is none on PATH."
}

choose_places() {
    if [ "$(id -u)" = 0 ]; then
        home=${home:-/var/lib/ondol-runner}
        [ "$service" != auto ] || service=system
        if ! id "$account" >/dev/null 2>&1; then
            useradd --system --home-dir "$home" --shell /usr/sbin/nologin "$account" ||
                fail "The account $account cannot be made: make it yourself, and try again."
        fi
        mkdir -p "$home"
        chown "$account" "$home"
    else
        account=''
        home=${home:-$HOME/.ondol-runner}
        [ "$service" != auto ] || service=user
        [ "$service" != system ] || fail "--service system needs root: use sudo sh, or --service user."
        mkdir -p "$home" || fail "$home cannot be made: name another with --home."
    fi
    chmod 700 "$home"
    if [ -n "$ca_file" ]; then
        # Kept beside the rest: the runner's account may not read it where it lies.
        cp "$ca_file" "$home/ca.pem" || fail "$ca_file cannot be read."
        [ -z "$account" ] || chown "$account" "$home/ca.pem"
        ca_file=$home/ca.pem
    fi
    bin=$home/venv/bin
}

# As root everything of the runner's is done by its account.
as_account() {
    if [ -n "$account" ]; then
        runuser -u "$account" -- env HOME="$home" ONDOL_RUNNER_HOME="$home" "$@"
    else
        env ONDOL_RUNNER_HOME="$home" "$@"
    fi
}

# Pip takes one file of all that it trusts: what this machine does, and the company's authority.
gather_authorities() {
    bundle=''
    [ -n "$ca_file" ] || return 0
    bundle=$home/authorities.pem
    shipped=$(as_account "$bin/python" -c 'from pip._vendor.certifi import where; print(where())')
    for file in "$shipped" "${REQUESTS_CA_BUNDLE:-}" "$ca_file"; do
        [ ! -f "$file" ] || { cat "$file" && echo; }
    done >"$bundle"
}

# The variable is set too, because where a machine has one, pip minds it more than its option.
pip_install() {
    as_account env ${bundle:+"REQUESTS_CA_BUNDLE=$bundle"} "$bin/python" -m pip install --quiet \
        --disable-pip-version-check --no-input --no-cache-dir "$@"
}

install_runner() {
    extras=''
    [ "$engines" = none ] || extras="[$engines]"
    # The fragment makes pip compare the file with the digest that came with this script.
    wanted="ondol-runner$extras @ $server/runner/wheels/$wheel#sha256=$sha256"
    host=${server#*://}
    host=${host%%/*}
    set -- "$wanted"
    case $server in http://*) set -- --trusted-host "$host" --trusted-host "${host%%:*}" "$@" ;; esac
    say "Making a Python environment in $home/venv"
    as_account "$python" -m venv --clear "$home/venv" || fail "The environment cannot be made."
    gather_authorities
    [ -z "$bundle" ] || set -- --cert "$bundle" "$@"
    say "Installing $wheel"
    if [ "$has_dependencies" = yes ]; then
        pip_install --isolated --index-url "$server/runner/simple/" "$@" && return
        say "The server lacks something for this machine; trying the package index set up here."
    fi
    pip_install "$@" || fail "The runner cannot be installed: see pip's words above. Without a" \
        "package index here, have the administrator run: manage.py fetch_runner_wheels"
}

enroll() {
    if [ -z "$code" ]; then
        [ -f "$home/config.json" ] && return
        fail "This machine is not connected yet: add --code CODE, from Devices in the portal."
    fi
    set -- enroll --server "$server" --code "$code"
    [ -z "$name" ] || set -- "$@" --name "$name"
    [ -z "$devices" ] || set -- "$@" --device "$devices"
    [ -z "$ca_file" ] || set -- "$@" --ca-file "$ca_file"
    [ ! -f "$home/config.json" ] || set -- "$@" --replace
    as_account "$bin/ondol-runner" "$@" >/dev/null
    say "Connected to $server"
}

how_to_start() {
    by=''
    [ -z "$account" ] || by="runuser -u $account -- "
    say "Start it with: $by$bin/ondol-runner run --home $home"
}

start_it() {
    if [ "$start" = yes ]; then
        as_account "$bin/ondol-runner" run --home "$home"
    elif [ "$service" = no ] || [ ! -d /run/systemd/system ]; then
        how_to_start
    elif ! ONDOL_RUNNER_HOME=$home "$bin/ondol-runner" service "--$service" --install; then
        how_to_start
        exit 1
    fi
}

main() {
    read_options "$@"
    [ "$(uname -s)" = Linux ] || fail "The runner needs Linux."
    [ -n "$wheel" ] || fail "This server has no wheel of the runner: have it set up with 'make build'."
    find_python
    choose_places
    install_runner
    enroll
    start_it
}

# In one piece, so that a script that is cut on the way does nothing.
main "$@"
