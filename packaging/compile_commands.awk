# Turns the commands that `make -n` prints into compile_commands.json: one entry
# for each source that is compiled. Variable: folder, where the commands run.
/ -c [^ ]+\.cpp -o / {
  match($0, / -c [^ ]+/)
  file = substr($0, RSTART + 4, RLENGTH - 4)
  gsub(/["\\]/, "\\\\&")
  printf "%s\n{\"directory\": \"%s\",\n \"file\": \"%s\",\n \"command\": \"%s\"}",
         entries++ ? "," : "[", folder, file, $0
}
END { print "\n]" }
