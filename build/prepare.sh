# Makes ./coppice ready to start: builds what is missing or old, and records an AOT cache. Sourced by ./coppice when needed.
# Uses $home, $app, $state, $jdk and $jvm_options. Everything is said on stderr, one start at a time does the work.

say() {
    printf 'coppice: %s\n' "$*" >&2
}

prepare() {
    [ -n "$jdk" ] || find_jdk || return 1
    mkdir -p "$state" 2>/dev/null
    if [ ! -w "$state" ]; then
        is_built || say "$state cannot be written, and the application must be built there first"
        is_built
        return
    fi
    lock
    trap unlock EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '%s\n%s\n' "$jdk" "${COPPICE_JAVA_HOME-}:${JAVA_HOME-}" >"$state/jdk"
    { is_built || build; } && { is_trained || train; }
    prepared=$?
    unlock
    trap - EXIT INT TERM
    return $prepared
}

# The lock is a link whose target is the owner's process id: made and filled in one atomic step.
lock() {
    waiting=
    until ln -s $$ "$state/lock" 2>/dev/null; do
        owner=$(readlink "$state/lock") || continue
        if ! kill -0 "$owner" 2>/dev/null; then
            break_lock "$owner"
        elif [ -z "$waiting" ]; then
            say "waiting for process $owner, which is building"
            waiting=yes
        fi
        sleep 0.2
    done
}

# Removes the lock of process $1, which was killed. One at a time, or the second would remove what the first just took.
break_lock() {
    mkdir "$state/breaking" 2>/dev/null || return
    [ "$(readlink "$state/lock")" = "$1" ] && rm -f "$state/lock"
    rmdir "$state/breaking"
}

unlock() {
    [ "$(readlink "$state/lock")" = $$ ] && rm -f "$state/lock"
}

build() {
    if ! command -v mvn >/dev/null; then
        say 'Maven (mvn) is needed to build what is missing, and is not on the PATH'
        return 1
    fi
    say 'building (once; a minute or two) ...'
    # Sources that change while Maven runs must count as newer than the build.
    touch "$state/building"
    # Maven runs on the JDK found, so that it compiles with the same one; the first option keeps its own libraries quiet there.
    # Error Prone takes most of a compilation's time and is for ./check, which compiles anew.
    if ! (
        cd "$home" && JAVA_HOME=$jdk MAVEN_OPTS="${MAVEN_OPTS-} --sun-misc-unsafe-memory-access=allow" \
            mvn -B -DskipTests -Derrorprone.options=-proc:none -Derrorprone.test.options=-proc:none \
            -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -pl cli -am package </dev/null >"$state/build.log" 2>&1
    ); then
        grep -E '^\[(ERROR|WARNING)\]' "$state/build.log" | head -n 5 >&2
        say "the build failed, see $state/build.log"
        return 1
    fi
    # A jar or a native library whose licence nobody looked up is a build that failed (build/licences.txt).
    "$jdk/bin/java" "$home/build/Notice.java" "$home/build/licences.txt" "$app/lib" "$app" >&2 || return 1
    mv "$state/building" "$state/built"
}

# Records what the commands of dev.coppice.cli.Rehearsal load, for -XX:AOTCache. Without a cache everything works, only later: a
# failure does not stop.
train() {
    say 'recording a fast start (once) ...'
    rm -f "$state/app.aot"
    {
        "$jdk/bin/java" "$home/build/RaiseClassFiles.java" "$app"/lib/picocli-*.jar &&
            "$jdk/bin/java" $jvm_options -XX:AOTCacheOutput="$state/new.aot" -cp "$app/coppice.jar" \
                dev.coppice.cli.Rehearsal "$state/rehearsal" &&
            mv "$state/new.aot" "$state/app.aot"
    } </dev/null >"$state/train.log" 2>&1 || say "starts stay slow, see $state/train.log"
    rm -rf "$state/rehearsal"
    printf '%s\n' "$jdk" >"$state/trained"
}
