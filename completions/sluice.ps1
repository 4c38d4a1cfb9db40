# Completion of sluice in PowerShell, 5.1 and newer: asks `sluice complete` at every press of Tab.
Register-ArgumentCompleter -Native -CommandName sluice -ScriptBlock {
  param($word, $line, $at)
  $words = @($line.CommandElements | Select-Object -Skip 1 |
      Where-Object { $_.Extent.StartOffset -lt $at } | ForEach-Object { $_.ToString() })
  $count = $words.Count
  if ($word -eq '') { $count++ }
  $answer = @(sluice complete $count @words 2>$null)
  if ($answer[0] -eq 'files') { [System.Management.Automation.CompletionCompleters]::CompleteFilename($word) }
  if ($answer[0] -eq 'programs') { [System.Management.Automation.CompletionCompleters]::CompleteCommand($word) }
  $answer | Select-Object -Skip 1 | ForEach-Object {
    $name, $about = $_ -split "`t", 2
    if (-not $about) { $about = $name }
    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)
  }
}
