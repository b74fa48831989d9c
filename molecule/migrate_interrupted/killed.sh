# killed.sh FILE PATTERN COMMAND...
# Run a command, and kill it with all its processes as soon as a line of a file matches a pattern. The workers of Ansible have left the
# group of their parent.
file=$1 pattern=$2
shift 2
setsid "$@" &
group=$!
{
  until grep -Eqs "$pattern" "$file"; do sleep 0.05; done
  pkill --signal KILL --parent "$group"
  kill -s KILL -- "-$group"
} &
wait "$group"
code=$?
kill "$!" 2>/dev/null
exit "$code"
